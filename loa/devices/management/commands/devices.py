"""`devices revoke ID --as USER --reason TEXT`: a lost loudspeaker, from a terminal."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loa.devices import actions
from loa.devices.access import device_for
from loa.kernel import clock
from loa.kernel.errors import LoaError
from loa.people.models import User


class Command(BaseCommand):
    help = "Cụm loa: thu hồi khóa của một cụm bị mất hoặc bị mở trộm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One deed."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        revoke = deeds.add_parser("revoke", help="thu hồi khóa: thiết bị bị cắt ngay và không vào lại được")
        revoke.add_argument("device", metavar="MÃ", help="mã của cụm loa, xem ở trang của cụm loa")
        revoke.add_argument("--as", dest="user", metavar="TÊN", required=True, help="tên đăng nhập của người thu hồi")
        revoke.add_argument("--reason", metavar="LÝ-DO", required=True, help="lý do, ghi vào nhật ký")

    def handle(self, *args: Any, **options: Any) -> None:
        """The same door and the same action as the page."""
        now = clock.now()
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"Không có tài khoản {options['user']!r} đang dùng.")
        try:
            device = device_for(user, options["device"], now, "device.manage")
            actions.revoke(actor=user, device=device, reason=options["reason"], now=now)
        except LoaError as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(f"Đã thu hồi khóa của {device.name}. Thiết bị giữ khóa đó không vào được hệ thống nữa.")
