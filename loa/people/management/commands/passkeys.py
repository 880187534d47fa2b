"""`passkeys NAME`: the passkeys of a person as JSON, for the machine on which the signer runs."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loa.people import passkeys, queries


class Command(BaseCommand):
    help = "In khóa đăng nhập của một người, để mang sang máy ký: loa keys confirmers add --file TỆP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="tên đăng nhập, số điện thoại hoặc thư điện tử")

    def handle(self, *args: Any, **options: Any) -> None:
        user = queries.by_login(options["name"])
        found = passkeys.of(user) if user else []
        if user is None or not found:
            raise CommandError(f"Không có ai tên {options['name']!r}, hoặc người ấy chưa thêm khóa đăng nhập.")
        keys = [{"name": key.name, "credential": key.credential, "public": key.public} for key in found]
        self.stdout.write(json.dumps({"user": str(user.pk), "name": user.full_name, "keys": keys}, ensure_ascii=False))
