"""`alert list`, `alert board ID`, `alert compose FILE --as USER`, `alert cancel ID --as USER`.

A passkey lives in a browser or a telephone: the terminal prepares and shows, the page whose address is printed signs.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from loa.alerts import content
from loa.alerts.actions import drafting
from loa.alerts.models import AlertRecord
from loa.alerts.queries import alerts
from loa.alerts.web.words import causes_words
from loa.kernel import clock
from loa.people import access as people
from loa.people.models import User
from loa.ui.format import hm

MOST = 30
_FIELDS = {"area", "status", "event", "risk", "areas", "text", "siren", "life", "repeat", "keep", "issuer", "source"}


class Command(BaseCommand):
    help = "Cảnh báo khẩn cấp: xem, soạn bản nháp, bảng xác nhận. Ký và xác nhận bằng khóa ở trang web."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The four deeds."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        deeds.add_parser("list", help="cảnh báo đang có và đã phát")
        board = deeds.add_parser("board", help="loa nào đã nhận, đang kêu, im lặng")
        board.add_argument("id", help="mã của cảnh báo, xem ở danh sách")
        compose = deeds.add_parser("compose", help="soạn bản nháp từ một tệp YAML")
        compose.add_argument("file", type=Path, help="tệp YAML; mẫu ở docs/how-to/alerts.md")
        compose.add_argument("--as", dest="user", required=True, help="tên đăng nhập của người soạn")
        cancel = deeds.add_parser("cancel", help="địa chỉ trang hủy hoặc kết thúc một cảnh báo")
        cancel.add_argument("id", help="mã của cảnh báo, xem ở danh sách")

    def handle(self, *args: Any, **options: Any) -> None:
        """One deed."""
        getattr(self, f"_{options['deed']}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = AlertRecord.objects.filter(kind__in=alerts.SOUNDS).select_related("area")[:MOST]
        for row in rows:
            where = row.area.full_name if row.area else ""
            self.stdout.write(
                f"{row.pk}  {hm(row.asked_at)}  {row.get_status_display()}  {row.get_state_display()}  "
                f"{row.headline}, {where}"
            )
        if not rows:
            self.stdout.write("Chưa có cảnh báo nào.")

    def _board(self, options: dict[str, Any]) -> None:
        board = alerts.board_of(self._alert(options), clock.now())
        count = board.count
        self.stdout.write(
            f"Phải kêu {count.expected}, đã nhận {count.received}, kêu {count.sounding}, trễ {count.late}, "
            f"im lặng {count.silent}"
        )
        for one in board.communes:
            why = causes_words(one.causes)
            call = ", ".join(f"{who.name} {who.phone}" for who in one.contacts if who.phone)
            silent = f"im lặng {one.count.silent}/{one.count.expected}"
            self.stdout.write(
                f"  {one.area.full_name}: {silent}{f'; {why}' if why else ''}{f'; gọi {call}' if call else ''}"
            )

    def _compose(self, options: dict[str, Any]) -> None:
        data = self._read(options["file"])
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"Không có tài khoản {options['user']!r}.")
        now = clock.now()
        area = people.area_for(user, str(data.get("area", "")), now)
        wanted = content.Wanted(
            status=data.get("status", "exercise"), event=str(data.get("event", "")), risk=int(data.get("risk", 0)),
            areas=tuple(data.get("areas") or (area.path,)), siren=str(data.get("siren", "")),
            general=content.Words(content.GENERAL, {"vi": str(data.get("text", "")).strip()}),
            life=int(data.get("life", 60)), repeat=int(data.get("repeat", 0)), keep=bool(data.get("keep", False)),
            issuer=str(data.get("issuer", "")), source=str(data.get("source", "")),
        )  # fmt: skip
        row = drafting.draft_alert(actor=user, area=area, wanted=wanted, now=now, voice=str(data.get("voice", "")))
        self._open(reverse("alerts:draft", args=[row.pk]), f"{user.full_name} nghe lại và ký ở")

    def _cancel(self, options: dict[str, Any]) -> None:
        row = self._alert(options)
        self._open(reverse("alerts:end", args=[row.pk, "cancel"]), "Hủy (tin sai) ở")
        self._open(reverse("alerts:end", args=[row.pk, "end"]), "Kết thúc (hết nguy hiểm) ở")

    def _alert(self, options: dict[str, Any]) -> AlertRecord:
        row = AlertRecord.objects.filter(pk=options["id"], kind__in=alerts.SOUNDS).first()
        if row is None:
            raise CommandError(f"Không có cảnh báo {options['id']!r}. Xem: loa alert list")
        return row

    def _read(self, file: Path) -> dict[str, Any]:
        try:
            data = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise CommandError(f"Không đọc được {file}: {error}") from error
        if not isinstance(data, dict) or set(data) - _FIELDS - {"voice"}:
            raise CommandError(f"Tệp cần các mục: {', '.join(sorted(_FIELDS))}, voice.")
        return data

    def _open(self, path: str, words: str) -> None:
        self.stdout.write(f"{words}: {settings.ENV.site_url.rstrip('/')}{path}")
