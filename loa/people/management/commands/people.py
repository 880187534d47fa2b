"""`people first-admin`: the one-time link of the first administrator. `people let-in NAME`: a link for somebody whom no
administrator can help. `people renew-key`: seal accounts anew.
"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from loa.areas import queries as areas
from loa.areas.rules import NOW_ROOT
from loa.kernel import clock
from loa.kernel.errors import LoaError
from loa.people import sealed
from loa.people.actions import accounts, sealing


class Command(BaseCommand):
    help = "Người dùng: liên kết cho quản trị đầu tiên, cho người mất điện thoại; khóa giữ mã xác nhận hai bước."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        first = deeds.add_parser("first-admin", help="in ra liên kết một lần, dùng được trong 24 giờ")
        first.add_argument("--username", default="quantri", help="tên đăng nhập (mặc định: quantri)")
        first.add_argument("--name", default="Quản trị hệ thống", help="họ và tên")
        lost = deeds.add_parser("let-in", help="bỏ xác nhận hai bước của một người và in ra liên kết đặt lại mật khẩu")
        lost.add_argument("username", help="tên đăng nhập")
        deeds.add_parser("renew-key", help="tạo khóa mới và niêm phong lại mã xác nhận hai bước của mọi tài khoản")

    def handle(self, *args: Any, **options: Any) -> None:
        deed = {"first-admin": self._first_admin, "let-in": self._let_in, "renew-key": self._renew_key}[options["deed"]]
        try:
            deed(options)
        except LoaError as error:
            raise CommandError(error.message) from error

    def _renew_key(self, options: dict[str, Any]) -> None:
        count = sealing.renew_key(now=clock.now())
        self.stdout.write(f"Đã tạo khóa mới và niêm phong lại {count} mục trong thư mục khóa {sealed.folder()}.")
        self.stdout.write("Hãy sao lưu lại ngay. Giữ các khóa cũ chừng nào còn cần tới bản sao lưu cũ.")

    def _first_admin(self, options: dict[str, Any]) -> None:
        country = areas.by_path(NOW_ROOT)
        if country is None:
            raise CommandError("Chưa có danh mục đơn vị hành chính. Hãy chạy trước: loa areas import")
        person = accounts.Person(username=options["username"], full_name=options["name"])
        self._show(accounts.make_first_administrator(person=person, country=country, now=clock.now()))

    def _let_in(self, options: dict[str, Any]) -> None:
        self._show(accounts.let_in(username=options["username"], now=clock.now()))

    def _show(self, link: accounts.Link) -> None:
        self.stdout.write(settings.ENV.site_url + reverse("people:invited", args=[link.secret]))
        until = clock.local(link.expires)
        self.stdout.write(
            f"Liên kết dùng một lần, đến {until:%H:%M} ngày {until:%d/%m/%Y}. Tên đăng nhập: {link.user.username}"
        )
