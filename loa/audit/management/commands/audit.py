"""`audit verify`, `audit seal [--forever]`, `audit head`, `audit restored NOTE`."""

import signal
import threading
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from loa.audit import actions, queries
from loa.audit.rules import Finding
from loa.kernel import clock

SWEEP_EVERY = 300
_WORDS = {
    "entry_changed": "mục {entry} (mắt xích {seq}) đã bị sửa",
    "entry_removed": "mục {entry} (mắt xích {seq}) đã bị xóa",
    "seal_missing": "thiếu {detail} mắt xích liền nhau, từ mắt xích {seq}",
    "chain_broken": "chuỗi đứt ở mắt xích {seq}: thứ tự hoặc mắt xích đã bị sửa",
    "backdated": "mục {entry} (mắt xích {seq}) tự ghi là có từ {detail} nhưng được niêm phong sau các mục muộn hơn: "
    "chèn thêm về sau, hoặc đồng hồ máy bị chỉnh lùi",
    "unsealed": "mục {entry} ({detail}) chưa được niêm phong quá hạn: tiến trình niêm phong có chạy không?",
    "head_missing": "mốc ghi lúc {detail} (mắt xích {seq}) không còn trong dữ liệu: đã bị cắt hoặc phục hồi bản cũ",
    "head_differs": "mốc ghi lúc {detail} (mắt xích {seq}) khác với cơ sở dữ liệu: nhật ký đã bị viết lại",
    "heads_damaged": "tệp mốc bị sửa, thiếu dòng hoặc thiếu chữ ký quanh {detail}",
    "heads_unverified": "tệp mốc có chữ ký nhưng không thấy khóa để kiểm tra chữ ký",
    "heads_begun_again": "lúc {detail}, khi chuỗi đã có {seq} mắt xích, tệp mốc không còn nên phải lập lại "
    "(mục {entry}): tệp cũ đã bị xóa hoặc cắt bớt",
    "guard_off": "khóa chống sửa {detail} của cơ sở dữ liệu đang tắt hoặc đã bị xóa",
}


class Command(BaseCommand):
    help = "Nhật ký thao tác: kiểm tra, niêm phong, ghi mốc ra ngoài cơ sở dữ liệu."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        deeds.add_parser("verify", help="kiểm tra toàn bộ nhật ký")
        seal = deeds.add_parser("seal", help="niêm phong các mục mới")
        seal.add_argument("--forever", action="store_true", help="mỗi giây một lần, cho tới khi bị dừng")
        deeds.add_parser("head", help="ghi mốc hiện tại ra tệp mốc")
        restored = deeds.add_parser("restored", help="ghi nhận dữ liệu vừa được phục hồi có chủ ý")
        restored.add_argument("note", help="ai phục hồi, từ bản nào, vì sao")

    def handle(self, *args: Any, **options: Any) -> None:
        deed = options["deed"]
        if deed == "verify":
            self._verify()
        elif deed == "seal" and options["forever"]:
            _seal_forever()
        elif deed == "seal":
            self.stdout.write(f"Đã niêm phong {_seal_all()} mục.")
        elif deed == "head":
            line = actions.write_head(now=clock.now())
            self.stdout.write(f"Mốc {line.seq}: {line.head}")
        else:
            actions.note_restore(note=options["note"], now=clock.now())
            self.stdout.write("Đã ghi nhận lần phục hồi vào tệp mốc.")

    def _verify(self) -> None:
        verdict = actions.keep_verified(now=clock.now())
        for finding in verdict.findings:
            self.stdout.write("✗ " + told(finding))
        for line in queries.head_log().restores():
            self.stdout.write(f"• lúc {_local(line.at)} ghi nhận đã phục hồi về mắt xích {line.seq}: {line.note}")
        if not verdict.sound:
            raise CommandError(f"Nhật ký có {len(verdict.findings)} điểm bất thường trong {verdict.sealed} mắt xích.")
        self.stdout.write(f"Nhật ký nguyên vẹn: {verdict.sealed} mắt xích.")


def told(finding: Finding) -> str:
    """A finding in Vietnamese."""
    return _WORDS[finding.code].format(entry=finding.entry_id, seq=finding.seq, detail=_local(finding.detail))


def _local(detail: str) -> str:
    """An instant as people write it; everything else as it is."""
    try:
        at = datetime.fromisoformat(detail)
    except ValueError:
        return detail
    return f"{clock.local(at):%H:%M:%S ngày %d/%m/%Y}" if at.tzinfo else detail


def _seal_all(*, sweep: bool = True) -> int:
    total = 0
    while sealed := actions.seal(sweep=sweep):
        total += sealed
    return total


def _seal_forever() -> None:
    """Once a second until SIGTERM or SIGINT. A database that is away is waited for."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    beat = 0
    while not ended.wait(1):
        try:
            actions.keep_sealed(sweep=beat % SWEEP_EVERY == 0, now=clock.now())
            beat += 1
        except DatabaseError:
            close_old_connections()
