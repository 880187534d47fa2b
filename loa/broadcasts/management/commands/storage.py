"""`loa storage`: what is stored, what a year will add, when the disk is full."""

import json
import shutil
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from loa.broadcasts.queries import storage as stored
from loa.broadcasts.rules import storage
from loa.kernel import clock
from loa.ui.format import size


class Command(BaseCommand):
    help = "Dung lượng lưu trữ: hiện có bao nhiêu, 12 tháng tới thêm bao nhiêu, khi nào đầy đĩa."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="in một dòng JSON cho phần mềm khác đọc")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        today = clock.local(now).date()
        kinds = stored.kinds(now)
        root = settings.ENV.media_root
        disk = shutil.disk_usage(next(path for path in (root, *root.parents) if path.exists()))
        months = storage.forecast(kinds, today)
        full = storage.full_on(kinds, disk.free, disk.total, today)
        if options["json"]:
            facts = {"kinds": [asdict(kind) for kind in kinds], "months": [asdict(month) for month in months]}
            self.stdout.write(json.dumps({**facts, "free": disk.free, "total": disk.total, "full": full}, default=str))
            return
        self._tell(kinds, months)
        self.stdout.write(f"Đĩa còn trống {size(disk.free)} trên {size(disk.total)}.")
        if full:
            self.stdout.write(f"Đến tháng {full.month}/{full.year} đĩa còn trống chưa tới 10%. Hãy thêm đĩa trước đó.")
        else:
            self.stdout.write("Trong 12 tháng tới đĩa vẫn đủ.")

    def _tell(self, kinds: tuple[storage.Kind, ...], months: tuple[storage.Month, ...]) -> None:
        self.stdout.write("Đang lưu:")
        for kind in kinds:
            kept = f", giữ {kind.days} ngày" if kind.days else ""
            self.stdout.write(f"  {kind.name}: {size(kind.held)}, thêm {size(round(kind.a_day))} mỗi ngày{kept}")
        self.stdout.write("Dự kiến đến cuối tháng:")
        for month in months:
            self.stdout.write(f"  {month.first:%m/%Y}: {size(month.bytes)}")
