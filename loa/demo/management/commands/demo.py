"""`loa manage demo build|settle|say`: the demonstration world, called by the launcher."""

import logging
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from devicelink.signing import SignerClient
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from loa.demo import (
    above,
    cast,
    fleet,
    hearing,
    history,
    hours,
    people,
    places,
    province,
    relaying,
    releases,
    say,
    seen,
    week,
)
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.errors import LoaError

PAUSE_S = 0.5


class Command(BaseCommand):
    """All may be called again at any time."""

    help = "Dựng dữ liệu mẫu."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`build`: places, people, clusters; `settle`: place the simulated loudspeakers that came, then
        programmes, notices, yesterday's play log, which need them; `say`: one notice
        through every step."""
        step = "build: dựng; settle: lắp loa mô phỏng và xếp lịch; say: phát một bản tin"
        parser.add_argument("step", metavar="BƯỚC", choices=("build", "settle", "say"), help=step)
        parser.add_argument("--text", default="", help="chữ của bản tin (cho bước say)")
        parser.add_argument("--province", default="", help="mã tỉnh; để trống là tỉnh của dữ liệu đang có")
        parser.add_argument("--fleet", type=Path, required=True, help="thư mục của các loa mô phỏng")
        parser.add_argument("--patience", type=float, default=60.0, help="chờ các loa mô phỏng bao nhiêu giây")

    def handle(self, *args: Any, **options: Any) -> None:
        """A LoaError becomes one line for the terminal."""
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        try:
            if options["step"] == "build":
                self._build(options["province"], options["fleet"])
            elif options["step"] == "say":
                self._say(options["province"], options["fleet"], options["text"])
            else:
                self._settle(options["province"], options["fleet"], options["patience"])
                self._week(options["province"])
        except LoaError as error:
            raise CommandError(error.message) from error

    def _build(self, code: str, folder: Path) -> None:
        now = clock.now()
        ground = places.prepare(code, now)
        hours.prepare(ground, people.prepare(ground, now), now)
        samples = province.prepare(ground, now)
        releases.prepare(now)
        waiting = fleet.claims(fleet.prepare(ground, now), now)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "claims").write_text("".join(f"{row.code}\n" for row in waiting))
        self.stdout.write(f"{ground.home.full_name}, {ground.neighbour.full_name}: {len(waiting)} cụm loa chờ ghép nối")
        self.stdout.write(f"{ground.province.full_name}: {samples} cụm loa mẫu ở các xã khác")

    def _week(self, province: str) -> None:
        now = clock.now()
        ground = places.prepare(province, now)
        everybody = people.prepare(ground, now)
        week.prepare(ground, everybody, now)
        above.prepare(ground, everybody, now)
        hearing.prepare(ground, now)
        relaying.prepare(ground, everybody, week.stations(ground, everybody), now)
        with SignerClient(settings.ENV.signer_socket) as signer:
            history.prepare(ground, signer, now)

    def _say(self, province: str, folder: Path, text: str) -> None:
        now = clock.now()
        ground = places.prepare(province, now)
        station = week.neighbour(ground, people.prepare(ground, now))
        for heard in say.run(station, text.strip(), folder, self.stdout.write):
            self.stdout.write(say.words(heard))

    def _settle(self, province: str, folder: Path, patience: float) -> None:
        ground = places.prepare(province, clock.now())
        technician = people.prepare(ground, clock.now())[cast.TECHNICIAN]
        until = time.monotonic() + patience
        while True:
            communes = (ground.home, ground.neighbour)
            devices = list(Device.objects.filter(area__in=communes).exclude(state=Device.State.PLACED))
            if not devices:
                return
            fleet.confirm(devices, technician, seen.fingerprints(folder), clock.now())
            if time.monotonic() > until:
                raise CommandError(f"{len(devices)} loa mô phỏng chưa ghép nối xong.")
            time.sleep(PAUSE_S)
