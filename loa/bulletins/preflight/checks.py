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
CHILD_AGE = 16


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """The sound as far as it matters here; `heard_ms` is what the writer has played of it."""

    state: str
    duration_ms: int
    synthesised: bool
    heard_ms: int


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined; `today` is the local day."""

    title: str
    text: str
    category: str
    sound: SoundFacts | None
    today: date
    valid_to: date | None = None
    read_twice: bool = False


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
    if sound is None:
        yield Finding(
            "sound_missing", "Chưa có tiếng. Hãy thu, tải tệp lên hoặc dùng giọng đọc máy.", "sound", blocks=True
        )
    elif sound.state == "refused":
        yield Finding("sound_refused", "Tệp tiếng không dùng được. Hãy chọn tiếng khác.", "sound", blocks=True)
    elif sound.state != "ready":
        yield Finding("sound_not_ready", "Tiếng đang được xử lý, chờ một lát rồi gửi.", "sound", blocks=True)
    else:
        yield from _ready_sound(sound)


def _ready_sound(sound: SoundFacts) -> Iterator[Finding]:
    try:
        media_rules.check_for_bulletin(sound.duration_ms)
    except media_rules.Unfit as verdict:
        yield Finding(verdict.code, verdict.message, "sound", blocks=True)
    if rules.heard_enough(sound.heard_ms, sound.duration_ms):
        return
    if sound.synthesised:
        question = "Giọng máy có thể đọc sai. Hãy nghe hết một lần trước khi gửi duyệt."
        yield Finding("not_heard", question, "sound", blocks=True)
    else:
        yield Finding("not_heard", "Người soạn chưa nghe lại hết bản ghi. Anh/chị hãy nghe kỹ.", "sound")


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
    for pattern in (patterns.CITIZEN_ID, patterns.OLD_ID):
        for match in pattern.finditer(subject.text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                question = "Có vẻ là số căn cước hoặc chứng minh nhân dân. Không đọc số này trên loa; hãy bỏ đi."
                yield Finding("identity_number", question, start=match.start(), end=match.end())


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
    people = list(patterns.names(subject.text))
    for start, end in patterns.sentences(subject.text):
        named = next(((s, e) for s, e in people if start <= s < end), None)
        if named is None:
            continue
        name = subject.text[named[0] : named[1]]
        for code, topic, question in _WITH_NAMES:
            if patterns.any_of(topic).search(subject.text, start, end):
                yield Finding(code, question.format(name=name), start=named[0], end=named[1])


def _children(subject: Subject) -> Iterator[Finding]:
    for start, end in patterns.names(subject.text):
        before = patterns.any_of("child").search(subject.text, max(0, start - 12), start)
        age = patterns.AGE.search(subject.text, end, end + 25)
        if before or (age and int(age[1]) < CHILD_AGE):
            question = f"Nêu tên trẻ em ({subject.text[start:end]}). Cha mẹ hoặc người giám hộ đã đồng ý chưa?"
            yield Finding("child_named", question, start=start, end=end)


def _secrets(subject: Subject) -> Iterator[Finding]:
    for pattern in (patterns.SECRET_STAMP, patterns.any_of("secret")):
        for match in pattern.finditer(subject.text):
            question = f"“{match[0]}”: văn bản này có thuộc bí mật nhà nước không? Nếu có, không được phát."
            yield Finding("secret", question, start=match.start(), end=match.end())


def _source(subject: Subject) -> Iterator[Finding]:
    text = subject.text
    named = patterns.any_of("organisation").search(text) or patterns.any_of("source").search(text)
    if text.strip() and not named:
        yield Finding("source_missing", "Bản tin chưa nêu cơ quan nào thông báo. Tin này từ đâu?")


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    _complete,
    _sound,
    _text,
    _advertising,
    _identity_numbers,
    _private_telephones,
    _names,
    _children,
    _secrets,
    _source,
)
