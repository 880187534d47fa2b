"""What the gateway lets the platform do: the only calls into Django, each blocking, each in a thread of its own."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from devicelink.messages import EnrolRequest, LogUpload, ProofUpload, SelfTest
from django.db import InterfaceError, OperationalError, close_old_connections

from loa.alerts.actions import records
from loa.alerts.wishes import Entry, Report
from loa.areas.models import Area
from loa.broadcasts.actions import proofs, speaking
from loa.broadcasts.actions.speaking import Spoken
from loa.broadcasts.queries.speaking import LiveLeave, leave_for
from loa.devices import actions as devices
from loa.devices import wheels
from loa.devices.actions.holding import HoldEntry
from loa.devices.actions.refusing import RefusalSum
from loa.devices.models import DeviceGroup
from loa.gateway.alerts.doors import Outside, asking
from loa.gateway.database import Away
from loa.gateway.device_http import Doors
from loa.kernel import clock
from loa.kernel.errors import NotFound
from loa.media import store
from loa.people.models import User

P = ParamSpec("P")
T = TypeVar("T")


def own_connection(work: Callable[P, T]) -> Callable[P, T]:
    """Run with a living database connection of this thread. Raises Away while there is none."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            raise Away(str(error)[:200]) from error
        finally:
            close_old_connections()

    return run


@own_connection
def enrol(request: EnrolRequest, now: datetime) -> str:
    """The id of the device that this hardware now is."""
    return devices.accept_enrolment(request=request, now=now).pk


@own_connection
def store_proofs(device: str, upload: ProofUpload, now: datetime) -> None:
    """Verify and keep what a device says that it played."""
    proofs.store_proofs(device=device, upload=upload, now=now)


@own_connection
def store_selftest(device: str, report: SelfTest, now: datetime) -> None:
    """Check and keep what a device heard of itself."""
    devices.store_selftest(device=device, report=report, now=now)


@own_connection
def record_hold(entry: HoldEntry) -> bool:
    """Copy one line of the journal into the database."""
    return devices.record_hold(entry=entry)


@own_connection
def note_refusals(sums: list[RefusalSum]) -> int:
    """Write down what devices refused."""
    return devices.note_refusals(sums=sums, now=clock.now())


@own_connection
def store_log(upload: LogUpload, now: datetime) -> None:
    """Keep what a loudspeaker wrote of itself, if somebody asked."""
    devices.take_log(upload=upload, now=now)


@own_connection
def record_alert(entry: Entry) -> bool:
    """Copy one step of an alert into the database."""
    return records.record_alert(entry=entry)


@own_connection
def record_heard(rows: Sequence[Report]) -> int:
    """Keep what loudspeakers reported of alerts."""
    return records.record_heard(rows)


def alerts(signer: Path) -> Outside:
    """What the way of an alert needs; `signer` is the socket of the signer."""
    return Outside(sign=asking(signer), voice_path=store.path_of, record_alert=record_alert, record_heard=record_heard)


@own_connection
def leave_to_speak(user: int, path: str, now: datetime) -> LiveLeave:
    """By which permit this user may speak live in an area now. NotFound, Denied, Refusal in words."""
    person = User.objects.filter(pk=user).first()
    if person is None:
        raise NotFound
    return leave_for(person, path, now)


@own_connection
def names_of(areas: tuple[str, ...], groups: tuple[str, ...]) -> tuple[str, ...]:
    """What these areas (paths) and groups (ids) are called, in this order."""
    named = {row.path: row.full_name for row in Area.objects.filter(path__in=areas)}
    grouped = dict(DeviceGroup.objects.filter(pk__in=groups).values_list("pk", "name"))
    return tuple(named.get(path, path) for path in areas) + tuple(f"Nhóm {grouped.get(one, one)}" for one in groups)


@own_connection
def record_live(spoken: Spoken, sound: Path | None) -> None:
    """Copy what was spoken live into the database, and its sound to the others."""
    speaking.record_session(spoken=spoken, sound=sound, now=clock.now())


def doors() -> Doors:
    """All of them."""
    return Doors(
        enrol=enrol,
        store_proofs=store_proofs,
        store_selftest=store_selftest,
        path_of=store.path_of,
        wheel_of=wheels.path_of,
        store_log=store_log,
    )
