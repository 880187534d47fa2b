"""One notice through every step by the real actions, each step told with its time; heard by two loudspeakers.

It speaks in the neighbour commune, whose sample rules allow every hour, so that it can be shown at any time of day.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from loa.broadcasts import actions
from loa.broadcasts.models import Airing, PlayProof, Schedule
from loa.broadcasts.queries import asked
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.demo.week import Station, listen
from loa.devices.models import Device, DeviceStatus
from loa.kernel import clock
from loa.kernel.errors import Unavailable
from loa.media import actions as media
from loa.media.models import Sound, SoundState
from loa.media.voices import registry

LEAD = timedelta(seconds=6)  # from approval to sound: plan, signature, fetching, decoding
PATIENCE_S = 60.0
STEP_S = 0.1
SPEAKERS = 2

T = TypeVar("T")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one loudspeaker swore, and where its sound is."""

    device: Device
    proof: PlayProof
    wav: Path


class Clocked:
    """Tells each step with the seconds since the beginning."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._began = time.monotonic()

    def __call__(self, line: str) -> None:
        seconds = f"{time.monotonic() - self._began:5.1f}".replace(".", ",")
        self._tell(f"{seconds} giây  {line}")


def run(station: Station, text: str, fleet: Path, tell: Tell) -> list[Heard]:
    """Everything from the text to the proof. Raises LoaError; Unavailable when a step takes too long."""
    step = Clocked(tell)
    speakers = _speakers(station)
    step(f"{station.officer.full_name} soạn bản tin: “{text}”")
    sound = _spoken(station, text)
    step(f"Giọng máy đọc xong, dài {sound.duration_ms / 1000:.1f} giây".replace(".", ",", 1))
    bulletin = _written(station, text, sound)
    schedule = _proposed(station, bulletin, speakers)
    listen(station.officer, bulletin, clock.now())
    actions.submit(actor=station.officer, bulletin_id=bulletin.pk, now=clock.now())
    step("Nghe lại (ghi nhận theo kịch bản) và gửi duyệt")
    _approved(station, bulletin)
    step(f"{station.approver.full_name} nghe và duyệt, phát lúc {clock.local(_start(schedule)):%H:%M:%S}")
    airing = _wait(lambda: Airing.objects.filter(schedule=schedule, dropped_at=None).first(), "lập kế hoạch phát")
    step("Kế hoạch đã ký, đang gửi tới loa")
    _wait(lambda: _all_sound(speakers, airing), "loa bắt đầu kêu")
    step(f"{len(speakers)} cụm loa đang kêu: {', '.join(device.name for device in speakers)}")
    proofs = _wait(lambda: _proofs(speakers, airing), "bằng chứng phát")
    step("Bằng chứng đã ký về tới hệ thống")
    return [Heard(device, proofs[device.pk], _wav(fleet, device.pk)) for device in speakers]


def words(heard: Heard) -> str:
    """One line about one loudspeaker."""
    late = (heard.proof.started - heard.proof.planned) / timedelta(milliseconds=1)
    return f"{heard.device.name}: lệch {late:+.0f} ms so với giờ định, tiếng ở {heard.wav}"


def _speakers(station: Station) -> list[Device]:
    rows = Device.objects.filter(area=station.commune, state=Device.State.PLACED, status__state="online")
    found = list(rows.order_by("number")[:SPEAKERS])
    if len(found) < SPEAKERS:
        raise Unavailable("Chưa đủ loa mô phỏng đang liên lạc. Hãy đợi bản trình diễn khởi động xong rồi thử lại.")
    return found


def _spoken(station: Station, text: str) -> Sound:
    sound = media.synthesise(
        actor=station.officer, area=station.commune, text=text, voice=registry.choices()[0].id, title=_title(text),
        now=clock.now(),
    )  # fmt: skip
    done = _wait(lambda: _finished(sound.pk), "đọc thành tiếng")
    if done.state != SoundState.READY:
        raise Unavailable(done.refusal_message)
    return done


def _finished(sound: uuid.UUID) -> Sound | None:
    row = Sound.objects.get(pk=sound)
    return row if row.state in (SoundState.READY, SoundState.REFUSED) else None


def _title(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _written(station: Station, text: str, sound: Sound) -> Bulletin:
    draft = Draft(
        title=_title(text), text=text, spoken=sound.spoken, sound=sound.pk, category="livelihood", priority="priority"
    )
    return bulletins.create_draft(
        actor=station.officer, bulletin_id=uuid.uuid4(), area=station.commune, draft=draft, now=clock.now()
    )


def _proposed(station: Station, bulletin: Bulletin, speakers: Iterable[Device]) -> Schedule:
    start = clock.local(clock.now() + LEAD)
    when = When(pattern="once", first_day=start.date(), last_day=start.date(), times=(f"{start:%H:%M:%S}",))
    return actions.propose(
        actor=station.officer, schedule_id=uuid.uuid4(), bulletin_id=bulletin.pk, when=when, now=clock.now(),
        target=Target(devices=tuple(device.pk for device in speakers)),
    )  # fmt: skip


def _start(schedule: Schedule) -> datetime:
    return datetime.combine(schedule.first_day, datetime.strptime(schedule.times[0], "%H:%M:%S").time(), clock.LOCAL)  # noqa: DTZ007


def _approved(station: Station, bulletin: Bulletin) -> None:
    listen(station.approver, bulletin, clock.now())
    waiting = asked.waiting(station.commune, clock.now(), bulletin_id=bulletin.pk)
    seen = {one.schedule.pk: one.digest for one in waiting}
    actions.approve(actor=station.approver, seen=seen, now=clock.now())


def _all_sound(speakers: list[Device], airing: Airing) -> bool:
    playing = DeviceStatus.objects.filter(device__in=speakers, playing=airing.pk).count()
    return playing == len(speakers) or bool(_proofs(speakers, airing))


def _proofs(speakers: list[Device], airing: Airing) -> dict[str, PlayProof] | None:
    rows = {row.device_id: row for row in PlayProof.objects.filter(device__in=speakers, airing=airing.pk)}
    return rows if len(rows) == len(speakers) else None


def _wav(fleet: Path, device: str) -> Path:
    """The file that this simulated loudspeaker is writing now."""
    for status in sorted(fleet.glob("*/status.json")):
        shown = json.loads(status.read_text())
        if shown["device"] == device:
            return Path(shown["recording"])
    raise Unavailable(f"Không thấy thư mục của loa {device}.")


def _wait(ask: Callable[[], T | None], what: str) -> T:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        answer = ask()
        if answer:
            return answer
        time.sleep(STEP_S)
    raise Unavailable(f"Quá {PATIENCE_S:.0f} giây vẫn chưa xong bước: {what}. Xem nhật ký trong thư mục log.")
