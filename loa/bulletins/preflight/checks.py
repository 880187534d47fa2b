"""The list of checks. `examine` runs them all over one bulletin."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from loa.bulletins import rules
from loa.bulletins.preflight import patterns
from loa.bulletins.preflight.findings import Finding
from loa.media import rules as media_rules

LONG_TEXT = 5_000
ORGANISATION_REACH = 90
NAME_REACH = 40
MOST_UNREAD = 6
CHILD_AGE = 16


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """The sound as far as it matters here; `heard_ms` is what the writer has played of it.

    `failed`: why quality control does not let it go, "" if it does; `explained`: the writer has said why it is used
    nevertheless; `measured` is False for a sound from before the check. `foreign`: the name of the language of a voice
    that speaks another one than the words are in, else ""; `unread`: what no rule of ours reads for a voice.
    """

    state: str
    duration_ms: int
    synthesised: bool
    heard_ms: int
    failed: str = ""
    explained: bool = False
    measured: bool = True
    foreign: str = ""
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FurtherFacts:
    """A further language by its name."""

    name: str
    has_text: bool
    sound: SoundFacts | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined; `today` is the local day, `name` that of the main language. A relay may do without a sound."""

    title: str
    text: str
    category: str
    sound: SoundFacts | None
    today: date
    valid_to: date | None = None
    readings: int = 1
    further: tuple[FurtherFacts, ...] = ()
    name: str = ""
    relay: bool = False


def examine(subject: Subject) -> list[Finding]:
    """All findings, those that block first, then in the order of the text."""
    found = [finding for check in CHECKS for finding in check(subject)]
    return sorted(found, key=lambda finding: (not finding.blocks, finding.field != "sound", finding.start))


def _complete(subject: Subject) -> Iterator[Finding]:
    if not subject.title.strip():
        yield Finding("title_missing", "Bản tin chưa có tên. Hãy đặt một tên ngắn.", "title", blocks=True)
    if not subject.category:
        yield Finding("category_missing", "Hãy chọn lĩnh vực của bản tin.", "category", blocks=True)
    if subject.valid_to and subject.valid_to < subject.today:
        day = f"{subject.valid_to:%d/%m/%Y}"
        yield Finding("outdated", f"Bản tin đã hết hiệu lực từ ngày {day}. Hãy xem lại ngày.", "valid_to", blocks=True)


def _sound(subject: Subject) -> Iterator[Finding]:
    sound = subject.sound
    if sound is None and subject.relay:
        return
    if sound is None:
        yield Finding(
            "sound_missing", "Chưa có tiếng. Hãy thu, tải tệp lên hoặc dùng giọng đọc máy.", "sound", blocks=True
        )
    elif sound.state == "refused":
        yield Finding("sound_refused", "Tệp tiếng không dùng được. Hãy chọn tiếng khác.", "sound", blocks=True)
    elif sound.state != "ready":
        yield Finding("sound_not_ready", "Tiếng đang được xử lý, chờ một lát rồi gửi.", "sound", blocks=True)
    else:
        yield from _ready_sound(sound, "sound", subject.name if subject.further else "")


def _ready_sound(sound: SoundFacts, field: str, name: str) -> Iterator[Finding]:
    """`name`: of the language that is meant, "" where the page says it already."""
    try:
        media_rules.check_for_bulletin(sound.duration_ms)
    except media_rules.Unfit as verdict:
        yield Finding(verdict.code, _of(name, verdict.message), field, blocks=True)
    yield from _quality(sound, field, name)
    if sound.foreign:
        question = f"Giọng máy này đọc {sound.foreign}, không phải thứ tiếng đã chọn. Có đúng ý không?"
        yield Finding("voice_foreign", _of(name, question), field)
    if sound.unread and sound.synthesised:
        shown = ", ".join(f"“{word}”" for word in sound.unread[:MOST_UNREAD])
        question = f"Giọng máy có thể đọc sai {shown}. Hãy viết thành lời rồi tạo lại tiếng, hoặc nghe kỹ."
        yield Finding("voice_unread", _of(name, question), field)
    if rules.heard_enough(sound.heard_ms, sound.duration_ms):
        return
    if sound.synthesised:
        question = "Giọng máy có thể đọc sai. Phải có một người nghe đủ từng câu thì bản tin mới được duyệt."
    else:
        question = "Người soạn chưa nghe lại hết bản ghi. Anh/chị hãy nghe kỹ."
    yield Finding("not_heard", _of(name, question), field)


def _of(name: str, question: str) -> str:
    return f"{name}: {lowered(question)}" if name else question


def _quality(sound: SoundFacts, field: str, name: str) -> Iterator[Finding]:
    if not sound.measured:
        question = "Tiếng này có từ trước khi máy biết kiểm tra tiếng. Hãy nghe kỹ."
        yield Finding("sound_unmeasured", _of(name, question), field)
    elif sound.failed and not sound.explained:
        yield Finding("sound_failed", _of(name, sound.failed), field, blocks=True)
    elif sound.failed:
        question = "Máy kiểm tra thấy tiếng chưa dùng được, người soạn vẫn gửi và ghi lý do. Hãy nghe kỹ."
        yield Finding("sound_explained", _of(name, question), field)


def _languages(subject: Subject) -> Iterator[Finding]:
    for one in subject.further:
        if one.sound is None and one.has_text:
            question = f"{one.name} chỉ có chữ, chưa có tiếng nên loa không phát {lowered(one.name)}. Có đúng ý không?"
            yield Finding("language_silent", question, "languages")
        elif one.sound is None:
            question = f"{one.name} chưa có gì. Hãy thu hoặc tải tiếng lên, hoặc bỏ ngôn ngữ này."
            yield Finding("language_empty", question, "languages", blocks=True)
        elif one.sound.state == "refused":
            question = f"Tệp tiếng của {one.name} không dùng được. Hãy chọn tiếng khác hoặc bỏ ngôn ngữ này."
            yield Finding("language_refused", question, "languages", blocks=True)
        elif one.sound.state != "ready":
            question = f"Tiếng của {one.name} đang được xử lý, chờ một lát rồi gửi."
            yield Finding("language_not_ready", question, "languages", blocks=True)
        else:
            yield from _ready_sound(one.sound, "languages", one.name)
    yield from _all_together(subject)


def lowered(name: str) -> str:
    """ "Tiếng Mông" inside a sentence: its name keeps the capital."""
    return name[:1].lower() + name[1:]


def _all_together(subject: Subject) -> Iterator[Finding]:
    ready = [one.sound.duration_ms for one in subject.further if one.sound and one.sound.state == "ready"]
    whole = sum(ready) + (subject.sound.duration_ms if subject.sound and subject.sound.state == "ready" else 0)
    if ready and whole > media_rules.MAX_BULLETIN_MS:
        question = "Các ngôn ngữ cộng lại dài hơn 60 phút. Hãy cắt ngắn hoặc chia thành nhiều bản tin."
        yield Finding("languages_too_long", question, "languages", blocks=True)


def _text(subject: Subject) -> Iterator[Finding]:
    if not subject.text.strip():
        yield Finding("text_missing", "Chỉ có tiếng, không có chữ: máy không xem trước nội dung được. Hãy nghe hết.")
    if len(subject.text) > LONG_TEXT:
        length = f"{len(subject.text):,}".replace(",", ".")
        yield Finding("text_long", f"Nội dung dài {length} chữ cái. Người nghe có theo được không?")


def _advertising(subject: Subject) -> Iterator[Finding]:
    for match in patterns.any_of("advertising").finditer(subject.text):
        question = f"“{match[0]}”: đây có phải quảng cáo không? Loa công cộng không phát quảng cáo."
        yield Finding("advertising", question, start=match.start(), end=match.end())


def _identity_numbers(subject: Subject) -> Iterator[Finding]:
    taken = [match.span() for match in patterns.MOBILE.finditer(subject.text)]
    for start, end in _looks_like_identity(subject.text):
        if not any(begin < end and start < after for begin, after in taken):
            taken.append((start, end))
            question = "Có vẻ là số căn cước hoặc chứng minh nhân dân. Không đọc số này trên loa; hãy bỏ đi."
            yield Finding("identity_number", question, start=start, end=end)


def _looks_like_identity(text: str) -> Iterator[patterns.Span]:
    for pattern in (patterns.NAMED_ID, patterns.CITIZEN_ID, patterns.OLD_ID):
        yield from (match.span(match.lastindex or 0) for match in pattern.finditer(text))


def _private_telephones(subject: Subject) -> Iterator[Finding]:
    for match in patterns.MOBILE.finditer(subject.text):
        if _belongs_to_an_office(subject.text, match.start()):
            continue
        question = f"Số {match[0]} là của cá nhân? Người đó đã đồng ý cho đọc trên loa chưa?"
        yield Finding("private_telephone", question, start=match.start(), end=match.end())


def _belongs_to_an_office(text: str, at: int) -> bool:
    """An organisation is named shortly before in the sentence, and no person nearer."""
    start = max(next((s for s, e in patterns.sentences(text) if s <= at < e), 0), at - ORGANISATION_REACH)
    offices = [match.end() for match in patterns.any_of("organisation").finditer(text, start, at)]
    people = [end for begin, end in patterns.names(text) if at - NAME_REACH <= begin and end <= at]
    return bool(offices) and (not people or max(people) < max(offices))


_WITH_NAMES = (
    ("name_with_illness", "illness", "Nêu tên người cùng với bệnh tật ({name}). Có căn cứ để đọc công khai không?"),
    ("name_with_debt", "debt", "Nêu tên người cùng với nợ hoặc vi phạm ({name}). Có căn cứ để đọc công khai không?"),
    ("name_with_poverty", "poverty", "Nêu tên người cùng với hoàn cảnh nghèo ({name}). Người đó đã đồng ý chưa?"),
)


def _names(subject: Subject) -> Iterator[Finding]:
    text, people = subject.text, list(patterns.names(subject.text))
    for start, end in patterns.sentences(text):
        topics = {topic: _matters(text, topic, start, end) for _, topic, _ in _WITH_NAMES}
        last = patterns.end_of_list(text, start, end) if "danh sách" in text[start:end].casefold() else end
        for code, topic, question in _WITH_NAMES:
            named = next(
                (span for span in people if start <= span[0] < last and _private(text, span, topics[topic])), None
            )
            if named is not None:
                yield Finding(code, question.format(name=text[slice(*named)]), start=named[0], end=named[1])


def _matters(text: str, topic: str, start: int, end: int) -> set[str]:
    """The words of this topic in the sentence."""
    return {match[0].casefold() for match in patterns.any_of(topic).finditer(text, start, end)}


def _private(text: str, person: patterns.Span, matters: set[str]) -> bool:
    """Whether these words say something of this person; what an office deals with says nothing of who holds it."""
    if patterns.in_office(text, person[1]):
        matters = matters - set(patterns.words()["matters_of_office"])
    return bool(matters)


def _children(subject: Subject) -> Iterator[Finding]:
    for start, end in patterns.names(subject.text):
        before = patterns.any_of("child").search(subject.text, max(0, start - 12), start)
        if before or _is_young(subject.text, start, end):
            question = f"Nêu tên trẻ em ({subject.text[start:end]}). Cha mẹ hoặc người giám hộ đã đồng ý chưa?"
            yield Finding("child_named", question, start=start, end=end)


def _is_young(text: str, start: int, end: int) -> bool:
    """An age stands after the name, or before it as in "8 tuổi tên là Lan"."""
    age = patterns.AGE.search(text, end, end + 25) or patterns.AGE_BEFORE.search(text, max(0, start - 25), start)
    return age is not None and int(age[1]) < CHILD_AGE


def _secrets(subject: Subject) -> Iterator[Finding]:
    stamps = (patterns.SECRET_STAMP, patterns.any_of("secret"))
    for start, end in sorted({match.span() for pattern in stamps for match in pattern.finditer(subject.text)}):
        question = f"“{subject.text[start:end]}”: văn bản này có thuộc bí mật nhà nước không? Nếu có, không được phát."
        yield Finding("secret", question, start=start, end=end)


def _source(subject: Subject) -> Iterator[Finding]:
    text = subject.text
    named = patterns.any_of("organisation").search(text) or patterns.any_of("source").search(text)
    if text.strip() and not named:
        yield Finding("source_missing", "Bản tin chưa nêu cơ quan nào thông báo. Tin này từ đâu?")


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    _complete,
    _sound,
    _languages,
    _text,
    _advertising,
    _identity_numbers,
    _private_telephones,
    _names,
    _children,
    _secrets,
    _source,
)
