"""`releases add VERSION FOLDER`: take the packages of another version of the agent in; `releases list`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loa.devices import actions, queries
from loa.kernel import clock
from loa.kernel.errors import LoaError


class Command(BaseCommand):
    help = "Bản phần mềm của loa: nhập bản mới vào máy chủ, xem các bản đã có."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        add = deeds.add_parser("add", help="nhập một bản từ thư mục các gói .whl")
        add.add_argument("version", metavar="SỐ", help="số phiên bản, ví dụ 1.2.0")
        add.add_argument("folder", metavar="THƯ-MỤC", type=Path, help="thư mục chỉ gồm các gói .whl")
        add.add_argument("--note", metavar="LỜI", default="", help="bản này có gì mới")
        add.add_argument("--python", metavar="SỐ", action="append", default=[], help="ví dụ 3.11; ghi nhiều lần được")
        add.add_argument("--machine", metavar="LOẠI", default="", help="loại máy, ví dụ aarch64 (bỏ trống: mọi loại)")
        deeds.add_parser("list", help="các bản đã có")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["deed"] == "list":
            for release in queries.releases():
                self.stdout.write(f"{release.version}  {release.added_at:%d/%m/%Y}  {release.note}")
            return
        self._add(**{name: options[name] for name in ("version", "folder", "note", "python", "machine")})

    def _add(self, *, version: str, folder: Path, note: str, python: list[str], machine: str) -> None:
        try:
            packages = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
            release = actions.add_release(
                version=version, packages=packages, note=note, python=python, machine=machine, now=clock.now()
            )
        except (OSError, LoaError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Đã nhập bản {release.version}: {len(release.wheels)} gói.")
