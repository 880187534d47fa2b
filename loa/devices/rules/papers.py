"""Names, revisions and bounds of what devices are told."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from devicelink import audience as audiences
from devicelink import freshness, limits, messages, topics
from devicelink.canonical import canonical

from loa.areas.rules import is_inside
from loa.kernel.clock import to_ms
from loa.kernel.errors import Invalid, Refusal

MAX_HOLD = timedelta(milliseconds=limits.MAX_HOLD_MS)
DOCUMENTS_KEPT = 3
CLAIM_LIFE = timedelta(days=7)
CLAIM_CHARACTERS = 20  # 5 bits each: 100 bits
OPEN_CLAIMS_AN_HOUR = 60
CLAIMS_ON_SHEETS_AN_HOUR = 400  # a province hangs some hundred poles in one campaign


def subject_of(audience: messages.Audience) -> str:
    """The subject of documents for this audience, such as "device/spk-1"; with the typ before it, the device's slot."""
    kind, value = audiences.named(audience)
    return f"{kind}/{value}"


def audience_of(subject: str) -> messages.Audience:
    """Inverse of `subject_of`."""
    kind, _, value = subject.partition("/")
    return messages.Audience(**{kind: value})


def topic_of(audience: messages.Audience, area: str) -> str:
    """Where a message for this audience travels; `area` is the path of the commune or area that it concerns.

    Group and plan set messages go to the commune's topic; an area above communes goes to everybody.
    """
    if audience.device is not None:
        return topics.down(audience.device)
    code = commune_code(audience.area or area)
    return topics.area(code) if code else topics.ALL


def commune_code(path: str) -> str | None:
    """The commune's code in a path of four parts at most ("vn.15.04531.h5" -> "04531"); None above communes."""
    parts = path.split(".")
    return parts[2] if len(parts) > 2 else None


def next_revision(last: int, now: datetime) -> int:
    """max(last + 1, Unix milliseconds): a restored database still moves forward."""
    return freshness.next_revision(last, to_ms(now))


def plan_set_signature(commune: str, groups: Iterable[str], hours: messages.Hours, apart: str = "") -> str:
    """Devices with the same signature obey the same plan: commune, groups (order means nothing), weekly hours.

    Dated spans split no plan set: a muted cluster, or a day off of all of them. `apart` is the path of a hamlet with
    other days off, or longer evenings, than its commune.
    """
    weekly = {"utc_offset": hours.utc_offset, "windows": hours.windows}
    facts = {"area": commune, "groups": sorted(set(groups)), "hours": weekly} | ({"apart": apart} if apart else {})
    return hashlib.sha256(canonical(facts)).hexdigest()


def plan_set_id(signature: str) -> str:
    """The id of the plan set with this signature."""
    return f"ps-{signature[:24]}"


def hours_from(stored: Mapping[str, object]) -> messages.Hours:
    """Wire hours from their stored JSON."""
    return msgspec.convert(stored, messages.Hours)


def claim_hash(code: str) -> str:
    """What is kept of a claim code; spaces, dashes and case do not matter when it is typed."""
    plain = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(f"loa-claim-1.{plain}".encode()).hexdigest()


def readable_claim(code: str) -> str:
    """The code in groups of five."""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


def check_volume(volume: int, most: int) -> None:
    """Raises Invalid outside 0-100, Refusal above what this cluster may."""
    if not 0 <= volume <= 100:
        raise Invalid("Âm lượng là một số từ 0 đến 100.", code="volume_range", facts={"volume": volume})
    if volume > most:
        raise Refusal(
            f"Cụm loa này được đặt tối đa {most}%. Hãy chọn từ {most}% trở xuống, "
            "hoặc nhờ kỹ thuật viên nâng mức tối đa.",
            code="volume_above_limit",
            facts={"volume": volume, "max": most},
        )


def check_hold_until(until: datetime, now: datetime) -> None:
    """Raises Invalid when a stop would be over already or last longer than 24 hours."""
    if until <= now:
        raise Invalid("Giờ hết dừng đã qua. Hãy chọn một giờ sau bây giờ.", code="hold_over")
    if until - now > MAX_HOLD:
        raise Invalid("Chỉ dừng được tối đa 24 giờ một lần. Muốn lâu hơn, hãy dừng lại lần nữa.", code="hold_too_long")


def may_hold(may: Iterable[str], scope: str, places: Iterable[str]) -> bool:
    """True if somebody with these capabilities in `scope` may stop what concerns all these area paths."""
    paths = tuple(places)
    return "hold.set" in may and bool(paths) and all(is_inside(path, scope) for path in paths)
