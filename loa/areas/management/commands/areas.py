"""`areas import`: the units of the country into the database."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loa.areas import actions, sources
from loa.kernel import clock

_ERAS = {"now": "hiện nay", "past": "trước 1/7/2025"}
_LEVELS = {"centre": "trung ương", "province": "tỉnh, thành phố", "district": "huyện", "commune": "xã, phường"}


class Command(BaseCommand):
    help = "Đơn vị hành chính: nhập danh mục của cả nước (chạy lại nhiều lần cũng được)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", choices=["import"], help="import: nhập hoặc cập nhật danh mục")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            data = sources.published()
        except sources.BadSource as error:
            raise CommandError(f"Không đọc được danh mục: {error}") from error
        result = actions.import_units(data=data, now=clock.now())
        self._report(data, result, time.monotonic() - began)

    def _report(self, data: sources.Published, result: actions.Imported, seconds: float) -> None:
        write = self.stdout.write
        write(f"Nguồn: {data.source} {data.version} ({data.licence}), danh mục tính đến {data.state_of:%d/%m/%Y}.")
        for key, count in sorted(result.by_level.items()):
            era, level = key.split(".")
            write(f"  {count:>6} {_LEVELS[level]}, {_ERAS[era]}")
        write(
            f"Thêm {result.created}, sửa {result.changed}, giữ nguyên {result.unchanged}; "
            f"thêm {result.successions} quan hệ kế tục, {result.former_names} tên cũ. Mất {seconds:.1f} giây."
        )
        for path in result.gone:
            write(f"  Không còn trong danh mục (vẫn giữ): {path}")
