"""The way of a bulletin: which step leads where, who may approve whom, what an approval covers. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from uuid import UUID

from devicelink.canonical import canonical

from loa.areas.rules import fold

DRAFT = "draft"
SUBMITTED = "submitted"
APPROVED = "approved"
RETURNED = "returned"
WITHDRAWN = "withdrawn"

PRIORITIES = ("normal", "priority")
LANGUAGES: Mapping[str, str] = {
    "vi": "Tiếng Việt",
    "tyz": "Tiếng Tày",
    "ium": "Tiếng Dao",
    "hmn": "Tiếng Mông",
    "blt": "Tiếng Thái",
    "mtq": "Tiếng Mường",
    "nut": "Tiếng Nùng",
    "km": "Tiếng Khmer",
    "cjm": "Tiếng Chăm",
    "jra": "Tiếng Gia Rai",
    "rad": "Tiếng Ê Đê",
    "bdq": "Tiếng Ba Na",
    "xx": "Tiếng khác",
}
MAX_FURTHER = 8  # a writer's patience; read three times they are 29 parts of an airing, of the 64 that a signer allows
MAX_READINGS = 3
MAX_RELAY_MINUTES = 240
MAX_TITLE = 200
MAX_TEXT = 30_000
MAX_SPOKEN = 4 * MAX_TEXT  # figures and signs become many words
MAX_REASON = 500
CHANGED_ELSEWHERE = "changed_elsewhere"
HEARD_SHARE = 0.9  # the end of a sound is often silence; nine tenths played counts as heard


class Refused(Exception):
    """A step that the rules do not allow. `code` is stable, `message` complete Vietnamese."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


# (state, step) -> next state; what is missing is refused with `WHY_NOT`.
STEPS: Mapping[tuple[str, str], str] = {
    (DRAFT, "save"): DRAFT,
    (DRAFT, "submit"): SUBMITTED,
    (DRAFT, "withdraw"): WITHDRAWN,
    (SUBMITTED, "recall"): DRAFT,
    (SUBMITTED, "approve"): APPROVED,
    (SUBMITTED, "return"): RETURNED,
    (SUBMITTED, "withdraw"): WITHDRAWN,
    (RETURNED, "save"): RETURNED,
    (RETURNED, "submit"): SUBMITTED,
    (RETURNED, "withdraw"): WITHDRAWN,
    # What is on air stays approved while its next version is written; only the next approval or a withdrawal ends it.
    (APPROVED, "save"): APPROVED,
    (APPROVED, "submit"): SUBMITTED,
    (APPROVED, "approve"): APPROVED,  # the same content for further places and times
    (APPROVED, "withdraw"): WITHDRAWN,
}
WHY_NOT: Mapping[str, str] = {
    DRAFT: "Bản tin còn là bản nháp, chưa gửi duyệt. Hãy gửi duyệt trước.",
    SUBMITTED: "Bản tin đang chờ duyệt nên không sửa được. Hãy rút lại về bản nháp trước.",
    APPROVED: "Bản tin đã được duyệt. Muốn đổi nội dung, hãy sửa và gửi duyệt lại.",
    RETURNED: "Bản tin đã bị trả lại. Hãy sửa theo lý do trả lại rồi gửi duyệt lại.",
    WITHDRAWN: "Bản tin đã thu hồi, không dùng lại được. Hãy soạn bản tin mới.",
}


def step(state: str, name: str) -> str:
    """The state after the step. Raises Refused `wrong_state`."""
    try:
        return STEPS[state, name]
    except KeyError:
        raise Refused("wrong_state", WHY_NOT[state]) from None


@dataclass(frozen=True, slots=True)
class Further:
    """The bulletin in a further language: words (none are needed for a recording) and the id of its sound.

    `voicing` and `sound_reason` are as those of a Draft, for this sound.
    """

    language: str
    title: str = ""
    text: str = ""
    spoken: str = ""
    sound: UUID | None = None
    voicing: Mapping[str, str] = field(default_factory=dict)
    sound_reason: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer enters. `sound` is the id of a Sound, `category` a code, days are local and both included.

    `said`: written words -> how they are read, where a person changed the machine's reading or found it right.
    `voicing`: the machine's voice, speed and pauses as chosen on the page; with what a sound was made, the sound knows.
    `sound_reason`: why this sound is used although the check failed it; the approver reads it first. `relay` (the id of
    a source) sounds for `relay_minutes`, and the sound only while it fails.
    """

    title: str = ""
    text: str = ""
    spoken: str = ""
    sound: UUID | None = None
    category: str = ""
    priority: str = "normal"
    language: str = "vi"
    valid_from: date | None = None
    valid_to: date | None = None
    readings: int = 1
    said: Mapping[str, str] = field(default_factory=dict)
    voicing: Mapping[str, str] = field(default_factory=dict)
    sound_reason: str = ""
    languages: tuple[Further, ...] = ()
    relay: UUID | None = None
    relay_minutes: int = 0


# Word and web pages bring along what nobody sees: soft hyphens, marks that turn the direction of reading round, control
# characters. In a title such marks make one notice look like another to the approver. Joiners (U+200D) hold emoji.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def tidy(text: str) -> str:
    """Text as it is kept, shown and read: composed letters (NFC), plain spaces and line breaks, nothing unseen."""
    text = _SPACES.sub(" ", _BREAKS.sub("\n", unicodedata.normalize("NFC", text)))
    return _UNSEEN.sub("", text)


def check_draft(draft: Draft) -> None:
    """Refuse what not even a draft can hold: codes emergency_is_no_bulletin, priority, language, days, readings,
    too_long, language_twice, languages, sound_twice."""
    if draft.priority == "emergency":
        raise Refused(
            "emergency_is_no_bulletin",
            "Tin khẩn cấp không gửi bằng bản tin: vào mục Khẩn cấp, hai người xác nhận thì loa kêu ngay.",
        )
    if draft.priority not in PRIORITIES:
        raise Refused("priority", "Mức của bản tin chỉ có Thường hoặc Ưu tiên.")
    if draft.valid_from and draft.valid_to and draft.valid_to < draft.valid_from:
        raise Refused("days", "Ngày hết hiệu lực đứng trước ngày bắt đầu. Hãy xem lại hai ngày này.")
    if not 1 <= draft.readings <= MAX_READINGS:
        raise Refused("readings", "Bản tin chỉ đọc từ 1 đến 3 lần.")
    if (draft.relay is not None) != (0 < draft.relay_minutes <= MAX_RELAY_MINUTES):
        raise Refused("relay_minutes", f"Một lần tiếp âm dài từ 1 đến {MAX_RELAY_MINUTES} phút.")
    if _too_long(draft) or any(map(_too_long, draft.languages)):
        raise Refused("too_long", "Tên bản tin dài tối đa 200 chữ cái, nội dung tối đa 30.000 chữ cái. Hãy rút gọn.")
    _check_languages(draft)


def _too_long(one: Draft | Further) -> bool:
    return len(one.title) > MAX_TITLE or len(one.text) > MAX_TEXT or len(one.spoken) > MAX_SPOKEN


def _check_languages(draft: Draft) -> None:
    """Each language once, each sound once: a loudspeaker plays no sound more often than it is to be read."""
    codes = [draft.language, *(one.language for one in draft.languages)]
    if not set(codes) <= LANGUAGES.keys():
        raise Refused("language", "Hãy chọn ngôn ngữ trong danh sách.")
    if len(set(codes)) < len(codes):
        raise Refused("language_twice", "Mỗi ngôn ngữ chỉ ghi một lần trong bản tin. Hãy bỏ bớt hoặc đổi ngôn ngữ.")
    if len(draft.languages) > MAX_FURTHER:
        raise Refused("languages", f"Một bản tin có tối đa {MAX_FURTHER} ngôn ngữ ngoài ngôn ngữ chính.")
    sounds = [sound for sound in (draft.sound, *(one.sound for one in draft.languages)) if sound]
    if len(set(sounds)) < len(sounds):
        raise Refused("sound_twice", "Hai ngôn ngữ không dùng chung một tiếng được. Hãy thu riêng từng ngôn ngữ.")


@dataclass(frozen=True, slots=True)
class Content:
    """All that an approver judges. `sound` is the SHA-256 of the file, `category` its code with the area's path,
    `relay` what its permit names and the minutes."""

    title: str
    text: str
    spoken: str
    sound: str
    category: str
    priority: str
    language: str
    valid_from: date | None
    valid_to: date | None
    readings: int
    languages: tuple[Mapping[str, str], ...] = ()
    link: str = ""
    relay: str = ""


def category_code(name: str) -> str:
    """The code of an area's own category, from its name: "Giá quế" is "gia-que"; "" for a name without letters."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:40].rstrip("-")


def content_hash(content: Content) -> str:
    """SHA-256 (hex) of the canonical form: sorted keys, days as ISO, nothing left out but `languages` if there are no
    further ones: what was hashed before there could be any stays as it was, and what is read once or twice is hashed
    as it was before there could be a third time."""
    plain = {one.name: getattr(content, one.name) for one in fields(content)}
    plain["read_twice"] = content.readings > 1
    usual = {
        "languages": not content.languages,
        "link": not content.link,
        "relay": not content.relay,
        "readings": content.readings < MAX_READINGS,
    }
    for name in (name for name, left_out in usual.items() if left_out):
        del plain[name]
    return hashlib.sha256(canonical(plain)).hexdigest()


def check_approver(approver: int, on_behalf_of: int | None, authors: Collection[int]) -> None:
    """Raises Refused `own_bulletin`: nobody approves what they wrote, nor in the place of one who wrote it."""
    if approver in authors:
        raise Refused("own_bulletin", "Anh/chị đã soạn bản tin này nên không được tự duyệt. Hãy nhờ người duyệt khác.")
    if on_behalf_of is not None and on_behalf_of in authors:
        raise Refused(
            "own_bulletin",
            "Người ủy quyền cho anh/chị đã soạn bản tin này, nên anh/chị không được duyệt thay. "
            "Hãy nhờ người duyệt khác.",
        )


def check_seen(seen: str, current: str) -> None:
    """Raises Refused `changed`: what is approved is what was on the screen."""
    if seen != current:
        raise Refused("changed", "Bản tin đã đổi sau khi anh/chị mở. Hãy nghe và đọc lại rồi duyệt.")


def check_reason(reason: str) -> str:
    """The reason without spaces around it. Raises Refused `reason_missing`, `too_long`."""
    reason = reason.strip()
    if not reason:
        raise Refused("reason_missing", "Hãy nêu lý do, để người soạn biết cần sửa gì.")
    if len(reason) > MAX_REASON:
        raise Refused("too_long", "Lý do dài tối đa 500 chữ cái. Hãy rút gọn.")
    return reason


def heard_enough(heard_ms: int, duration_ms: int) -> bool:
    """Whether so much was played that it counts as heard."""
    return heard_ms >= duration_ms * HEARD_SHARE
