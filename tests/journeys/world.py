"""The smallest world in which the whole way can be gone: tables, keys, four communes, six claim codes.

`python -m tests.journeys.world`, run once by the stack before the parts of the platform start. `hung_khanh` sleeps:
its allowed hour lies half a day away, whenever the test runs. `luong_thinh` has loudspeakers that change their
software; the stack does not start them.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import django
from airtime.hours import MINUTES_A_DAY, between
from django.core.management import call_command

SPEAKERS = {"ubnd": "quy_mong", "cho": "quy_mong", "tram_bom": "tran_yen", "hung_khanh": "hung_khanh"}
HOME = ("ubnd", "cho")
LAUNCHED = {"thon_7": "luong_thinh", "thon_8": "luong_thinh"}
ALWAYS = ("00:00", "24:00")


def main() -> int:
    """Everything, in order."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    from loa.config import env
    from loa.launch import keys, prepare
    from loa.launch.folders import Folders

    settings = env.read()
    folders = Folders(settings.var)
    keys.make_missing(settings, folders)
    _let_every_hour_be_signed(settings.signer_keys)
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    prepare.allow_signer(settings.database)
    _people_and_places(folders.fleet)
    return 0


def _let_every_hour_be_signed(signer_keys: Path) -> None:
    """The host's own decision: this world tells its stories at any hour."""
    from devicelink.messages import Hours, HoursWindow
    from devicelink.widening import WEEK
    from signer.confirmers import Site, write_site

    write_site(signer_keys, Site(ceiling=Hours(windows=(HoursWindow(weekdays=WEEK, start=0, end=1440),))))


def _people_and_places(fleet: Path) -> None:
    from loa.areas.rules import Kind, Level
    from loa.bulletins import actions as bulletins
    from loa.kernel.clock import now
    from tests import cast

    moment = now()
    everybody = cast.build()
    for person in (everybody.lan, everybody.thanh, everybody.son, everybody.bao):
        person.set_password(cast.PASSWORD)
        person.save()
    sleeping = cast.place("vn.15.04576", "Hưng Khánh", Kind.COMMUNE, Level.COMMUNE, everybody.lao_cai)
    changing = cast.place("vn.15.04543", "Lương Thịnh", Kind.COMMUNE, Level.COMMUNE, everybody.lao_cai)
    communes = {
        "quy_mong": everybody.quy_mong,
        "tran_yen": everybody.tran_yen,
        "hung_khanh": sleeping,
        "luong_thinh": changing,
    }
    for name, commune in communes.items():
        _hours(commune, _far_from(moment) if name == "hung_khanh" else ALWAYS, moment)
    bulletins.load_categories()
    for number, (name, commune_name) in enumerate({**SPEAKERS, **LAUNCHED}.items(), 1):
        _pole(fleet / name, communes[commune_name], name, number, moment)


def _hours(commune: object, window: tuple[str, str], now: datetime) -> None:
    from loa.areas import actions as areas
    from loa.areas.hours import EVERY_DAY
    from loa.kernel.clock import local

    areas.set_operating_rules(
        area=commune,  # type: ignore[arg-type]
        starts=local(now).date() - timedelta(days=60),
        document="Quy chế thử",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": window[0], "to": window[1]}],
        ceiling=between(EVERY_DAY, 0, MINUTES_A_DAY),
    )


def _far_from(now: datetime) -> tuple[str, str]:
    """Half an hour of the day that is about twelve hours away."""
    from loa.kernel.clock import local

    hour = (local(now).hour + 12) % 24
    return f"{hour:02}:00", f"{hour:02}:30"


def _pole(folder: Path, commune: object, name: str, number: int, now: datetime) -> None:
    from loa.devices import actions as devices

    device = devices.add_device(actor=None, area=commune, name=name, number=number, now=now)  # type: ignore[arg-type]
    folder.mkdir(parents=True)
    (folder / "claim").write_text(devices.issue_claim_code(actor=None, device=device, now=now) + "\n")
    (folder / "device").write_text(device.pk)


if __name__ == "__main__":
    sys.exit(main())
