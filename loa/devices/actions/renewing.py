"""Papers whose key was exchanged: signed anew, because a loudspeaker forgets a key together with what it signed."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from devicelink.messages import Placement, Role, Volume

from loa.devices import signing
from loa.devices.actions.commands import say_volumes
from loa.devices.actions.placing import place
from loa.devices.models import Device
from loa.devices.queries.signers import signed_by_others
from loa.kernel.errors import Refusal

log = logging.getLogger(__name__)


def sign_anew(*, now: datetime) -> int:
    """Sign the placements and volumes again that none of the keys in use signed. How many; Unavailable.

    Commune by commune: one that the signer refuses holds up no other. Nor does a role without a valid key.
    """
    kids = signing.kids()
    placements = _by_commune(_signed_by_others(Placement.typ, kids.get(Role.PLACEMENT, ())))
    volumes = _by_commune(_signed_by_others(Volume.typ, kids.get(Role.COMMAND, ())))
    done = 0
    for devices in placements.values():
        done += _unless_refused(devices, lambda found: place(found, now=now))
    for devices in volumes.values():
        done += _unless_refused(devices, lambda found: say_volumes({one.pk: one.volume for one in found}, now=now))
    return done


def _signed_by_others(typ: str, kids: Collection[str]) -> Collection[str]:
    if not kids:
        log.error("no %s can be signed anew: its role has no valid key", typ)
        return ()
    return signed_by_others(typ, kids)


def _by_commune(subjects: Collection[str]) -> dict[str, list[Device]]:
    names = [subject.removeprefix("device/") for subject in subjects]
    rows = Device.objects.filter(pk__in=names, state=Device.State.PLACED)
    found: dict[str, list[Device]] = {}
    for device in rows.select_related("area", "hamlet").prefetch_related("groups").order_by("pk"):
        found.setdefault(device.area.path, []).append(device)
    return found


def _unless_refused(devices: list[Device], work: Callable[[list[Device]], None]) -> int:
    try:
        work(devices)
    except Refusal as error:
        log.error("%s was not signed anew: %s %s", devices[0].area.path, error.code, error.facts.get("detail", ""))
        return 0
    return len(devices)
