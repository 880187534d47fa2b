"""What holds for one cluster: the rules of where it stands, narrowed by its own and by being muted. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from airtime.hours import MINUTES_A_DAY, Hours, Window, narrow
from airtime.limits import Cap, louder, loudest
from airtime.spans import Span, merged

from loa.areas import hours
from loa.areas.air import AirRules, spoken_volumes
from loa.kernel.clock import from_ms, local, to_ms
from loa.kernel.errors import Invalid, Refusal

LONGEST_MUTE = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class OwnRules:
    """A cluster's own rules, as in `models.ClusterRules`; no windows = those of the area."""

    windows: tuple[Window, ...]
    volumes: tuple[Cap, ...]
    document: str
    starts: date
    ends: date | None = None

    def holds(self, day: date) -> bool:
        """Whether they are in force."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


def for_cluster(rules: AirRules, own: OwnRules | None, muted: Iterable[Span] = ()) -> AirRules:
    """The rules of this cluster, from those of the area in which it stands."""
    closed = merged((to_ms(span.start), to_ms(span.end)) for span in (*rules.hours.closures, *muted))
    narrowed = replace(rules.hours, closures=tuple(Span(from_ms(start), from_ms(end)) for start, end in closed))
    if own is None:
        return replace(rules, hours=narrowed)
    if own.windows:
        common = narrow(Hours(narrowed.tz, narrowed.windows), Hours(narrowed.tz, own.windows))
        narrowed = replace(narrowed, windows=common.windows, document=own.document)
    return replace(rules, hours=narrowed, volumes=tuple(sorted({*rules.volumes, *own.volumes})))


def check_own(place: str, own: OwnRules, above: AirRules) -> None:
    """Raises Invalid, and Refusal where a cluster would be heard longer or louder than its area allows."""
    if not own.document.strip():
        raise Invalid("Hãy ghi văn bản hoặc lý do của quy định riêng cho cụm loa này.")
    if own.ends is not None and own.ends < own.starts:
        raise Invalid("Ngày kết thúc không được trước ngày bắt đầu.")
    if not own.windows and not own.volumes:
        raise Invalid("Hãy ghi khung giờ hoặc mức âm lượng riêng của cụm loa này.")
    if own.windows and not hours.fits(above.hours, own.windows):
        raise Refusal(
            f"{place} không được phát rộng hơn khung giờ của {above.hours.set_by or 'địa phương'} "
            f"({above.hours.document}: {hours.spoken(above.hours)}). Hãy chọn khung giờ nằm trong khung đó.",
            code="wider_than_parent",
        )
    check_volumes(place, own.volumes, above)


def check_volumes(place: str, caps: Sequence[Cap], above: AirRules) -> None:
    """Raises Refusal `louder_than_parent`: nobody below is louder than the level above allows."""
    found = louder(caps, above.volumes)
    if found is not None:
        cap = found[1]
        by = above.by(lambda level: cap in level.volumes)
        raise Refusal(
            f"{place} không được phát to hơn mức chung {spoken_volumes([cap])} "
            f"({by.named('') if by else above.hours.document}). Hãy ghi từ {cap.most}% trở xuống.",
            code="louder_than_parent",
            facts={"most": cap.most},
        )


def check_volume(place: str, volume: int, rules: AirRules) -> None:
    """Raises Refusal `louder_than_rules` for a volume that is too loud at every hour of the day; at some hours the
    loudspeaker itself turns down."""
    edges = {0, *(cap.start for cap in rules.volumes), *(cap.end for cap in rules.volumes)} - {MINUTES_A_DAY}
    most = max(loudest(rules.volumes, minute, minute + 1) for minute in edges)
    if volume > most:
        raise Refusal(
            f"{place} không giờ nào được phát to hơn {most}% ({spoken_volumes(rules.volumes)}; "
            f"{_documents(rules)}). Hãy chọn từ {most}% trở xuống.",
            code="louder_than_rules",
            facts={"most": most},
        )


def _documents(rules: AirRules) -> str:
    """Of the levels that speak of volumes; a cluster's own rule is told last."""
    named = [level.named("") for level in rules.levels if level.volumes]
    return "; ".join(named) or "quy định riêng của cụm loa"


def check_mute(starts: datetime, until: datetime, reason: str, words: str, now: datetime) -> None:
    """Raises Invalid for a span that is over, turned round or too long, and for another reason without its words."""
    if until <= max(starts, now):
        raise Invalid("Giờ hết tắt phải sau bây giờ và sau giờ bắt đầu. Hãy chọn lại.", code="mute_over")
    if until - max(starts, now) > LONGEST_MUTE:
        last = local(max(starts, now) + LONGEST_MUTE)
        raise Invalid(
            f"Mỗi lần chỉ tắt được tối đa {LONGEST_MUTE.days} ngày, đến hết ngày {last:%d/%m/%Y}. "
            "Hết hạn mà vẫn cần thì tắt tiếp.",
            code="mute_too_long",
        )
    if reason == "other" and not words.strip():
        raise Invalid("Hãy ghi rõ lý do tắt loa, để người khác biết.", code="mute_reason")
