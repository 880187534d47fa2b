"""How a loudspeaker is, for the person who stands at the pole: `status.json`, and the same as Vietnamese sentences."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
from devicelink.keyring import fingerprint
from devicelink.messages import SelfTest

from speaker.clock import LOOSE_MS
from speaker.core import Core
from speaker.enrol import public_of
from speaker.link import Link
from speaker.supply import Supply

FILE = "status.json"
_VIET_NAM = 420
_COMING = 3
_CONNECTED = "Đang nối với máy chủ."
_HEARD = {
    "heard": "loa nghe được tiếng của mình.",
    "not_heard": "loa không nghe được tiếng của mình. Hãy xem âm-li, dây loa và loa.",
    "microphone_dead": "micrô nghe thử bị hỏng hoặc tuột dây.",
    "could_not": "chưa thử được.",
}
_ALONE = "Chưa nối được với máy chủ; loa vẫn phát theo kế hoạch đã nhận."


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """One of the next airings; `start` in Unix ms, `at` as a person reads it."""

    airing: str
    title: str
    start: int
    at: str


class ActiveAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that is active here; `round`: how often it has begun."""

    id: str
    headline: str
    status: str
    severity: str
    expires: int
    round: int
    sounding: bool


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Facts for programs, `words` for people."""

    device: str
    fingerprint: str
    connected: bool
    placed: str
    plan: int
    playing: str
    volume: int
    held_until: int
    clock_valid: bool
    files_missing: int
    proofs_waiting: int
    storage_free_mb: int
    keyset_expired: bool
    rescued: bool
    trouble: str
    recording: str
    no_card: bool = False
    closed_until: int = 0
    clock_bound_ms: int = -1
    clock_offset_ms: int = 0
    clock_drift_ppm: float = 0.0
    selftest: str = ""
    selftest_at: int = 0
    alerts: tuple[ActiveAlert, ...] = ()
    coming: tuple[Coming, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, core: Core, link: Link, supply: Supply, tested: SelfTest | None = None) -> "Status":
        """The present state of this core."""
        now = core.clock.now()
        placement, plan = core.papers.placement, core.papers.plan
        offset = placement.hours.utc_offset if placement else _VIET_NAM
        bare = cls(
            device=core.device,
            fingerprint=fingerprint(public_of(core.seed)),
            connected=link.connected,
            placed=placement.area if placement else "",
            plan=plan.revision if plan else 0,
            playing=core.player.playing,
            volume=core.papers.volume(),
            held_until=core.papers.held_until(now),
            closed_until=core.papers.closed_until(now),
            clock_valid=core.clock.valid(),
            clock_bound_ms=_tens(core.clock.bound()),
            clock_offset_ms=core.clock.offset,
            clock_drift_ppm=round(core.clock.drift, 1),
            selftest=tested.verdict if tested else "",
            selftest_at=tested.at if tested else 0,
            files_missing=supply.missing(),
            proofs_waiting=core.book.waiting(),
            storage_free_mb=core.media.free() >> 20,
            keyset_expired=core.papers.keyset_expired,
            rescued=bool(core.kept("rescued")),
            trouble=core.sink.trouble or link.trouble or supply.trouble,
            no_card=bool(core.sink.trouble),
            recording=str(getattr(core.sink, "path", None) or ""),
            alerts=_alerts(core),
            coming=_coming(core, now, offset),
            words=(),
        )
        titles = {airing.id: airing.title for airing in plan.airings} if plan else {}
        return msgspec.structs.replace(bare, words=words(bare, offset=offset, titles=titles))


def words(status: Status, *, offset: int, titles: dict[str, str]) -> tuple[str, ...]:
    """What a person should know, the most important first."""
    lines = [*_alarming(status, offset), _sounding(status, offset, titles), _place(status)]
    lines.append(_CONNECTED if status.connected else _ALONE)
    if not status.clock_valid:
        lines.append("Loa chưa biết giờ chính xác nên chưa nhận lệnh nào từ mạng.")
    elif status.clock_bound_ms > LOOSE_MS:
        lines.append(f"Đồng hồ của loa có thể lệch tới {status.clock_bound_ms} phần nghìn giây.")
    if status.files_missing:
        lines.append(f"Còn thiếu {status.files_missing} tệp âm thanh, loa đang tải.")
    if status.storage_free_mb == 0:
        lines.append("Bộ nhớ của loa đã đầy, không nhận thêm được âm thanh.")
    if status.keyset_expired:
        lines.append("Bộ khóa của hệ thống đã quá hạn; hãy báo cho kỹ thuật viên của tỉnh.")
    if status.rescued:
        lines.append("Bộ nhớ của loa từng bị hỏng và đã được làm lại; hãy thay thẻ nhớ khi có dịp.")
    if status.selftest in _HEARD:
        lines.append(f"Tự thử lúc {local(status.selftest_at, offset)}: {_HEARD[status.selftest]}")
    if status.coming:
        first = status.coming[0]
        lines.append(f"Lượt phát tiếp theo: {first.at}, {first.title or 'không có tiêu đề'}.")
    if status.proofs_waiting:
        lines.append(f"Có {status.proofs_waiting} dòng nhật ký phát đang chờ gửi về máy chủ.")
    return tuple(lines)


def write_status(folder: Path, status: Status) -> None:
    """Replaced in one step, so that nobody reads half of it; lost with the power, which does not matter."""
    draft = folder / f"{FILE}.new"
    try:
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(status), indent=2))
        draft.replace(folder / FILE)
    except OSError:
        return


def read_status(folder: Path) -> Status | None:
    """The last one written, None if there is none."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Status)
    except (OSError, msgspec.MsgspecError):
        return None


def local(instant: int, offset: int) -> str:
    """ "05:10 ngày 22/11/2026" of Unix ms at an offset in minutes."""
    moment = datetime.fromtimestamp(instant / 1000, timezone(timedelta(minutes=offset)))
    return moment.strftime("%H:%M ngày %d/%m/%Y")


def _tens(milliseconds: int) -> int:
    """Rounded up, so that the file is not written anew for each millisecond."""
    return -(-milliseconds // 10) * 10 if milliseconds > 0 else milliseconds


def _coming(core: Core, now: int, offset: int) -> tuple[Coming, ...]:
    return tuple(
        Coming(airing=cue.airing.id, title=cue.airing.title, start=cue.start, at=local(cue.start, offset))
        for cue in core.player.programme.after(now)[:_COMING]
    )


def _sounding(status: Status, offset: int, titles: dict[str, str]) -> str:
    if status.no_card:
        return "Loa không phát ra tiếng: cạc âm thanh không trả lời. Hãy xem dây nối và cạc âm thanh của loa."
    if status.playing:
        return f"Loa đang phát: {titles.get(status.playing) or 'không có tiêu đề'}."
    if status.held_until:
        return f"Loa đang bị dừng đến {local(status.held_until, offset)}."
    if status.closed_until:
        return f"Loa được cho nghỉ đến {local(status.closed_until, offset)}; tin khẩn cấp vẫn phát."
    return "Loa đang im."


def _alerts(core: Core) -> tuple[ActiveAlert, ...]:
    return tuple(
        ActiveAlert(
            id=entry.message.id,
            headline=entry.message.headline,
            status=entry.message.status,
            severity=entry.of.severity,
            expires=entry.message.expires,
            round=entry.progress.rounds,
            sounding=core.alerts.playing == entry.name,
        )
        for entry in core.alerts.active
    )


def _alarming(status: Status, offset: int) -> list[str]:
    """One line an alert, what sounds first."""
    lines = []
    for alert in sorted(status.alerts, key=lambda one: not one.sounding):
        kind = "cảnh báo diễn tập" if alert.status == "exercise" else "cảnh báo"
        does = f"Loa đang phát {kind}" if alert.sounding else f"Loa đang giữ {kind}"
        lines.append(f"{does}: {alert.headline or 'không có tiêu đề'} (hiệu lực đến {local(alert.expires, offset)}).")
    return lines


def _place(status: Status) -> str:
    if not status.placed:
        return f"Loa chưa được gán vào nơi nào nên chưa phát gì. Dấu vân tay của khóa: {status.fingerprint}."
    return f"Loa thuộc đơn vị {status.placed}, âm lượng {status.volume}."
