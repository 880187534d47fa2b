"""`voices`: the reading voices of this installation; add, list, order, check, remove."""

import getpass
import sys
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.core.management.base import BaseCommand, CommandError

from loa.kernel import clock
from loa.kernel.errors import LoaError
from loa.media import store
from loa.media.actions import voices
from loa.media.models import InstalledVoice
from loa.media.voices import reasons, registry, template, warm
from loa.media.voices.base import VoiceFailed
from loa.media.voices.catalogue import known
from loa.media.voices.naming import parse_dialects
from loa.media.voices.obtaining import obtain

MEGABYTE = 1024 * 1024
MOST_TEMPLATE = 64 * 1024
WHICH = "mã của giọng, như `loa voices list` in ra"


class Command(BaseCommand):
    help = "Giọng đọc: thêm, xem, sắp thứ tự, thử, gỡ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True, metavar="VIỆC")
        _add_arguments(deeds.add_parser("add", help="thêm giọng nơ-ron (Piper, ONNX) từ tệp, địa chỉ hoặc danh mục"))
        _service_arguments(deeds.add_parser("add-service", help="thêm giọng của một dịch vụ ngoài"))
        deeds.add_parser("list", help="các giọng theo thứ tự dùng, và các giọng có thể thêm bằng tên")
        for name, words in (
            ("remove", "gỡ một giọng; tiếng đã tạo vẫn còn"),
            ("on", "cho dùng lại một giọng"),
            ("off", "tạm ngừng một giọng"),
        ):
            deeds.add_parser(name, help=words).add_argument("id", metavar="MÃ", help=WHICH)
        deeds.add_parser("order", help="các giọng này đứng đầu, theo thứ tự").add_argument(
            "ids", nargs="+", metavar="MÃ", help="mã các giọng, giọng dùng trước viết trước"
        )
        deeds.add_parser("check", help="bảo giọng đọc một câu").add_argument(
            "id", nargs="?", default="", metavar="MÃ", help="giọng nào; không ghi thì mọi giọng"
        )
        key = deeds.add_parser("key", help="đổi khóa của một dịch vụ")
        key.add_argument("id", metavar="MÃ", help=WHICH)
        _key_argument(key)

    def handle(self, *args: Any, **options: Any) -> None:
        deed = getattr(self, "_" + options["deed"].replace("-", "_"))
        try:
            deed(options)
        except LoaError as error:
            raise CommandError(error.message) from error
        finally:
            warm.stop_all()

    def _add(self, options: dict[str, Any]) -> None:
        entry = known().get(options["source"])
        if entry:
            options = {
                **options, "source": entry.model, "config": entry.config, "sha256": entry.sha256,
                "licence": entry.licence, "id": options["id"] or entry.id, "name": options["name"] or entry.name,
                "language": entry.language, "dialect": options["dialect"] or list(entry.dialects),
            }  # fmt: skip
        if not options["sha256"] or not options["licence"]:
            raise CommandError(
                "Cần --sha256 (mã của tệp, do nơi phát hành công bố) và --licence (giấy phép của giọng)."
            )
        with store.default().workspace(uuid.uuid4()) as workspace:
            files = obtain(
                options["source"],
                options["sha256"].lower(),
                workspace,
                config=options["config"],
                progress=self._shown(),
            )
            row = voices.add_neural(
                actor=None, wish=_wish(options, files.config.language), files=files, now=clock.now()
            )
        self._added(row)

    def _add_service(self, options: dict[str, Any]) -> None:
        asked = _template(options) | {"seconds": options["seconds"], "local": options["allow_local"]}
        wish = _wish(options | {"source": urlsplit(str(asked.get("url", ""))).netloc}, "vi")
        key = "" if options["no_key"] else _key(options["key_file"])
        self._added(voices.add_service(actor=None, wish=wish, options=asked, key=key, now=clock.now()))
        self.stdout.write(f"Thử ngay: loa voices check {wish.id}")

    def _added(self, row: InstalledVoice) -> None:
        self.stdout.write(f"Đã thêm giọng “{row.name}” ({row.pk}), giấy phép: {row.licence}.")

    def _list(self, options: dict[str, Any]) -> None:
        for number, row in enumerate(InstalledVoice.objects.all(), 1):
            places = ", ".join(place for place in row.dialects.values() if place) or "không chia vùng"
            state = "" if row.enabled else ", đang tạm ngừng"
            self.stdout.write(
                f"{number:>2}. {row.pk}: {row.name} ({row.get_kind_display().lower()}, {row.language}, {places}; "
                f"giấy phép: {row.licence}{state})"
            )
        last = registry.FALLBACK
        self.stdout.write(f"    {last.id}: {last.name} ({', '.join(last.dialects.values())}), luôn đứng cuối")
        installed = set(InstalledVoice.objects.values_list("pk", flat=True))
        for entry in known().values():
            if entry.id not in installed:
                size = f"{entry.bytes / MEGABYTE:.0f} MB"
                self.stdout.write(f"Có thể thêm: loa voices add {entry.id}   {entry.name}, {entry.licence}, {size}")

    def _remove(self, options: dict[str, Any]) -> None:
        voices.remove(actor=None, identifier=options["id"], now=clock.now())
        self.stdout.write(f"Đã gỡ giọng {options['id']}.")

    def _on(self, options: dict[str, Any]) -> None:
        voices.switch(actor=None, identifier=options["id"], on=True, now=clock.now())
        self.stdout.write(f"Giọng {options['id']} được dùng lại.")

    def _off(self, options: dict[str, Any]) -> None:
        voices.switch(actor=None, identifier=options["id"], on=False, now=clock.now())
        self.stdout.write(f"Giọng {options['id']} tạm ngừng.")

    def _order(self, options: dict[str, Any]) -> None:
        voices.order(actor=None, first=options["ids"], now=clock.now())
        self._list(options)

    def _key(self, options: dict[str, Any]) -> None:
        key = _key(options["key_file"])
        voices.change_key(actor=None, identifier=options["id"], key=key, now=clock.now())
        self.stdout.write(f"Đã đổi khóa của giọng {options['id']}.")

    def _check(self, options: dict[str, Any]) -> None:
        rows = InstalledVoice.objects.filter(**({"pk": options["id"]} if options["id"] else {}))
        if options["id"] and not rows:
            raise CommandError(f"Không có giọng “{options['id']}”. Xem các giọng: loa voices list")
        failed = [row.pk for row in rows if not self._speaks(row)]
        if failed:
            raise CommandError(f"Không đọc được: {', '.join(failed)}.")

    def _speaks(self, row: InstalledVoice) -> bool:
        began = clock.now()
        try:
            pcm = voices.check(registry.voice_of(row))
        except VoiceFailed as error:
            self.stdout.write(f"{row.pk}: không đọc được ({reasons.told(error)})")
            return False
        took = (clock.now() - began).total_seconds()
        self.stdout.write(f"{row.pk}: đọc được, {pcm.milliseconds / 1000:.1f} giây tiếng trong {took:.1f} giây")
        return True

    def _shown(self) -> Any:
        """Progress on the terminal's other line, so that what is printed stays clean."""
        shown = 0

        def show(total: int) -> None:
            nonlocal shown
            if sys.stderr.isatty() and total // MEGABYTE > shown:
                shown = total // MEGABYTE
                self.stderr.write(f"\r{shown} MB", ending="")

        return show


def _naming_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--licence", default="", metavar="GIẤY-PHÉP", help="giấy phép của giọng, ví dụ CC BY 4.0")
    parser.add_argument("--id", default="", metavar="MÃ", help="mã ngắn, chữ thường không dấu")
    parser.add_argument("--name", default="", metavar="TÊN", help="tên mọi người thấy")
    parser.add_argument("--language", default="", metavar="MÃ", help="mã ngôn ngữ: vi, km, tyz …")
    parser.add_argument(
        "--dialect", action="append", default=[], metavar="VÙNG[=TÊN]",
        help="bac, trung, nam, chuan; sau dấu = là tên người đọc ấy trong mô hình hay dịch vụ; dùng được nhiều lần",
    )  # fmt: skip


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="TỆP|URL|TÊN", help=".onnx, .tar.bz2, địa chỉ https, hoặc tên trong danh mục")
    parser.add_argument("--sha256", default="", metavar="MÃ", help="mã SHA-256 của tệp; sai thì tệp bị bỏ, không mở")
    parser.add_argument("--config", default="", metavar="TỆP|URL", help="tệp .onnx.json, mặc định nằm cạnh tệp giọng")
    _naming_arguments(parser)


def _service_arguments(parser: ArgumentParser) -> None:
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--openai", metavar="URL", help="địa chỉ kiểu OpenAI (/v1/audio/speech)")
    kind.add_argument("--template", metavar="TỆP", help="mẫu yêu cầu dạng YAML, xem docs/how-to/voices.md")
    parser.add_argument("--model", default="tts-1", metavar="TÊN", help="với --openai: tên mô hình")
    parser.add_argument(
        "--voice", default="", metavar="TÊN", help="với --openai: tên giọng; không có thì theo --dialect"
    )
    parser.add_argument("--seconds", type=float, default=15.0, metavar="GIÂY", help="chờ một câu tối đa bao lâu")
    parser.add_argument("--allow-local", action="store_true", help="cho phép địa chỉ trong mạng nội bộ và http")
    parser.add_argument("--no-key", action="store_true", help="dịch vụ không cần khóa")
    _key_argument(parser)
    _naming_arguments(parser)


def _key_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--key-file", default="", metavar="TỆP", help="tệp chứa khóa (- là đầu vào chuẩn); không có thì sẽ hỏi"
    )


def _wish(options: dict[str, Any], language: str) -> voices.Wish:
    source = str(options["source"])
    stem = Path(urlsplit(source).path if "://" in source else source).name.removesuffix(".onnx")
    identifier = options["id"] or "".join(c if c.isalnum() else "-" for c in stem.lower())[:40].strip("-")
    return voices.Wish(
        id=identifier, name=options["name"] or identifier, licence=options["licence"],
        language=options["language"] or language, dialects=parse_dialects(options["dialect"]), source=source,
    )  # fmt: skip


def _template(options: dict[str, Any]) -> dict[str, Any]:
    if options["openai"]:
        return template.openai(options["openai"], options["model"], options["voice"])
    try:
        with Path(options["template"]).open() as file:
            found = yaml.safe_load(file.read(MOST_TEMPLATE))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"Không đọc được mẫu {options['template']}: {error}") from error
    if not isinstance(found, dict):
        raise CommandError("Mẫu phải là các cặp tên: giá trị. Xem docs/how-to/voices.md")
    return found


def _key(file: str) -> str:
    if file == "-":
        return sys.stdin.readline().strip()
    if not file:
        return getpass.getpass("Khóa của dịch vụ (không hiện ra): ").strip()
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Không đọc được tệp khóa {file}.") from error
