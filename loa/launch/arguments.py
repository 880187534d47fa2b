"""The command line, in Vietnamese throughout."""

import argparse
from collections.abc import Iterable
from functools import partial
from typing import Any, NoReturn

from devicelink import commandline

commandline.in_vietnamese()

COMMANDS = (
    ("demo", "chạy thử với dữ liệu mẫu trên máy này"),
    ("up", "chạy thật"),
    ("doctor", "kiểm tra cài đặt và nói rõ chỗ nào chưa ổn"),
    ("backup", "sao lưu ra một tệp"),
    ("restore", "dựng lại từ một tệp sao lưu"),
    ("keys", "tạo, xem, thay khóa ký"),
    ("stop-all", "dừng mọi loa của một nơi, cả khi trang web và cơ sở dữ liệu không chạy"),
    ("read", "cho xem chữ sẽ được đọc thành tiếng thế nào, theo quy tắc nào"),
    ("say", "đọc một đoạn chữ thành tệp tiếng"),
    ("signer", "chạy riêng bộ phận ký"),
    ("gateway", "chạy riêng cổng thiết bị"),
    ("worker", "chạy riêng phần việc chạy nền"),
    ("fleet", "chạy các loa mô phỏng"),
)
MANAGEMENT = (
    ("areas import", "nhập danh mục đơn vị hành chính"),
    ("voices …", "thêm, xem, sắp, thử, gỡ giọng đọc"),
    ("devices revoke …", "thu hồi khóa của một cụm loa bị mất"),
    ("audit verify", "kiểm tra nhật ký có bị sửa không"),
    ("storage", "dung lượng đang dùng và dự kiến 12 tháng tới"),
    ("manage …", "lệnh quản trị khác (của Django)"),
)


def overview() -> str:
    """What `loa` alone prints."""
    lines = ["Loa: truyền thanh cơ sở.", "", "Cách dùng: loa LỆNH [lựa chọn]   (loa LỆNH --help để xem thêm)", ""]
    lines += [f"  {name:<14} {meaning}" for name, meaning in (*COMMANDS, *MANAGEMENT)]
    return "\n".join(lines)


def parser(command: str, meaning: str) -> argparse.ArgumentParser:
    """A parser for one command."""
    return argparse.ArgumentParser(
        prog=f"loa {command}", description=meaning[:1].upper() + meaning[1:] + ".", allow_abbrev=False
    )


def demo() -> argparse.ArgumentParser:
    """`loa demo`."""
    made = parser("demo", dict(COMMANDS)["demo"])
    made.add_argument(
        "--province", metavar="TỈNH", default="", help="dựng dữ liệu mẫu ở tỉnh này: mã hoặc tên, ví dụ 15, lao cai"
    )
    made.add_argument(
        "--lan", metavar="ĐỊA-CHỈ", nargs="?", const="auto", default="",
        help="mở cả ra mạng nội bộ để duyệt thử trên điện thoại; khi đó mật khẩu mẫu là chuỗi ngẫu nhiên",
    )  # fmt: skip
    made.add_argument("--say", metavar="CHỮ", default="", help="phát một bản tin từ đầu đến cuối rồi in từng bước")
    return made


def up() -> argparse.ArgumentParser:
    """`loa up`."""
    made = parser("up", dict(COMMANDS)["up"])
    made.add_argument(
        "--listen", metavar="ĐỊA-CHỈ:CỔNG", default="", help="nơi trang web nghe, mặc định 127.0.0.1:8000"
    )
    made.add_argument("--site", metavar="URL", default="", help="địa chỉ mọi người gõ, ví dụ https://loa.xa.gov.vn")
    made.add_argument("--tls-cert", metavar="TỆP", default="", help="chứng thư TLS (PEM, cả chuỗi)")
    made.add_argument("--tls-key", metavar="TỆP", default="", help="khóa của chứng thư (PEM, dạng PKCS#8)")
    made.add_argument("--behind-proxy", action="store_true", help="đứng sau một máy chủ proxy có TLS trên máy này")
    return made


def doctor() -> argparse.ArgumentParser:
    """`loa doctor`."""
    made = parser("doctor", dict(COMMANDS)["doctor"])
    made.add_argument("--json", action="store_true", help="in ra dạng JSON cho máy đọc")
    made.add_argument(
        "--believe-clock", metavar="GIỜ", default="",
        help='xác nhận giờ mới của máy là đúng: ghi giờ đọc ở một đồng hồ khác, ví dụ "14:05 23/11/2026"',
    )  # fmt: skip
    return made


def backup() -> argparse.ArgumentParser:
    """`loa backup`."""
    made = parser("backup", dict(COMMANDS)["backup"])
    made.add_argument("file", metavar="TỆP", help="tệp sẽ tạo ra, ví dụ loa-2026-11-22.tar")
    _passphrase(made)
    return made


def restore() -> argparse.ArgumentParser:
    """`loa restore`."""
    made = parser("restore", dict(COMMANDS)["restore"])
    made.add_argument("file", metavar="TỆP", help="tệp đã sao lưu")
    made.add_argument("--var", metavar="THƯ-MỤC", default="", help="thư mục dữ liệu mới (phải trống), mặc định LOA_VAR")
    _passphrase(made)
    return made


def keys() -> argparse.ArgumentParser:
    """`loa keys`."""
    made = parser("keys", dict(COMMANDS)["keys"])
    made.add_argument(
        "deed",
        metavar="VIỆC",
        choices=[
            "init",
            "list",
            "rotate",
            "add",
            "renew",
            "revoke",
            "add-roles",
            "token",
            "hours",
            "confirmers",
            "break-glass",
        ],
        help="; ".join(_DEEDS),
    )
    made.add_argument(
        "what",
        metavar="TÊN",
        nargs="?",
        default="",
        help="rotate, add: vai trò; revoke: mã khóa; confirmers, break-glass: list, add hoặc remove",
    )
    made.add_argument(
        "who", metavar="AI", nargs="?", default="", help="confirmers: tên đăng nhập; break-glass: vùng, ví dụ vn.15"
    )
    made.add_argument("--root", metavar="THƯ-MỤC", default="", help="nơi để khóa gốc, nên là một USB cất trong két")
    made.add_argument(
        "--scope", metavar="VÙNG", default="", help="init, add, rotate: vùng mà khóa được ký, ví dụ vn.15 (init: vn)"
    )
    made.add_argument(
        "--module", metavar="TỆP", default="", help="init, token: thư viện PKCS#11 của thiết bị giữ khóa (tệp .so)"
    )
    made.add_argument("--label", metavar="NHÃN", default="", help="init, token: nhãn của thiết bị giữ khóa")
    made.add_argument(
        "--pin-file", metavar="TỆP", default="", help="init, token: tệp chứa mã PIN, chỉ chủ đọc được (quyền 0600)"
    )
    made.add_argument("--ask", action="store_true", help="hỏi mật khẩu bảo vệ khóa gốc")
    made.add_argument("--from", metavar="GIỜ", dest="start", default="", help="hours: từ giờ nào, ví dụ 05:00")
    made.add_argument("--to", metavar="GIỜ", dest="end", default="", help="hours: đến giờ nào, ví dụ 21:00")
    made.add_argument(
        "--nights", metavar="SỐ", type=int, help="hours: mỗi nơi được gia hạn nhiều nhất mấy ngày một năm"
    )
    made.add_argument(
        "--latest", metavar="GIỜ", default="", help="hours: gia hạn muộn nhất đến mấy giờ đêm hôm sau, ví dụ 01:00"
    )
    made.add_argument("--site", metavar="URL", default="", help="init, hours: địa chỉ mọi người gõ, https://…")
    made.add_argument("--area", metavar="VÙNG", default="", help="confirmers add: vùng, ví dụ vn.15.04531")
    made.add_argument(
        "--for", metavar="VIỆC", dest="rights", default="hours",
        help="confirmers add: hours (khung giờ), alert (cảnh báo) hoặc hours,alert",
    )  # fmt: skip
    made.add_argument("--file", metavar="TỆP", default="", help="confirmers add: tệp do `loa passkeys TÊN` in ra")
    made.add_argument("--fingerprint", metavar="DẤU", default="", help="confirmers add: dấu khóa người ấy đọc")
    made.add_argument("--until", metavar="NGÀY", default="", help="confirmers add: hạn, ví dụ 31/12/2028")
    made.add_argument("--void", action="store_true", help="confirmers remove: bỏ cả điều đã xác nhận (khóa mất cắp)")
    return made


def stop_all() -> argparse.ArgumentParser:
    """`loa stop-all`."""
    made = parser("stop-all", dict(COMMANDS)["stop-all"])
    made.add_argument("area", metavar="VÙNG", help="mã vùng: vn.15 là cả tỉnh, vn.15.04531 là một xã")
    made.add_argument(
        "--minutes", metavar="PHÚT", type=int, default=120, help="loa tự phát lại sau bao lâu, nhiều nhất 1440"
    )
    made.add_argument("--reason", metavar="LÝ-DO", default="", help="lý do, để người khác biết")
    made.add_argument("--resume", action="store_true", help="cho phát lại ngay")
    return made


_DEEDS = (
    "init: tạo lần đầu",
    "list: xem",
    "rotate: thay khóa của một vai trò",
    "add: thêm khóa riêng cho một vùng, ví dụ một tỉnh",
    "renew: gia hạn danh sách khóa",
    "revoke: bỏ ngay một khóa",
    "add-roles: tạo khóa cho vai trò chưa có (bản cài cũ)",
    "token: từ nay tạo khóa của bộ phận ký trong thiết bị giữ khóa (PKCS#11)",
    "hours: khung giờ không cần người thứ hai",
    "confirmers: ai xác nhận được khung giờ rộng hơn, ai bảo đảm cho cảnh báo",
    "break-glass: nơi một người được phát cảnh báo thực khi không có người thứ hai",
)


def read() -> argparse.ArgumentParser:
    """`loa read`."""
    made = parser("read", dict(COMMANDS)["read"])
    made.add_argument("text", metavar="CHỮ", nargs="?", default=None, help="chữ cần đọc; không có thì đọc từ đầu vào")
    made.add_argument(
        "--jsonl",
        action="store_true",
        help='mỗi dòng vào là {"text": …}, mỗi dòng ra là {"spoken": …, "changes": […]}; dòng hỏng thì chỉ có mã lỗi',
    )
    return made


def say() -> argparse.ArgumentParser:
    """`loa say`."""
    made = parser("say", dict(COMMANDS)["say"])
    made.add_argument("text", metavar="CHỮ", help="chữ cần đọc; - là đọc từ đầu vào")
    made.add_argument("file", metavar="TỆP", help="tệp tạo ra: .wav, hoặc .ogg đã chỉnh độ to như khi phát")
    made.add_argument(
        "--voice", metavar="GIỌNG", default="", help="mã giọng (loa voices list); không có thì giọng đứng đầu"
    )
    made.add_argument("--dialect", metavar="VÙNG", default="", help="bac, trung hoặc nam")
    made.add_argument("--speed", metavar="LẦN", type=float, default=1.0, help="nhanh gấp mấy lần, 0.5 đến 2")
    made.add_argument("--pauses", metavar="LẦN", type=float, default=1.0, help="nghỉ dài gấp mấy lần, 0.5 đến 2")
    return made


def plain(command: str) -> argparse.ArgumentParser:
    """A part of Loa that takes no words: its settings say everything."""
    return parser(command, f"{dict(COMMANDS)[command]}, theo cài đặt trong biến môi trường, cho tới khi bị dừng")


def _passphrase(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--passphrase-file", metavar="TỆP", default="", help="tệp chứa mật khẩu giữ phần khóa; không có thì sẽ hỏi"
    )


PARSERS: dict[str, Any] = {
    "demo": demo,
    "up": up,
    "doctor": doctor,
    "backup": backup,
    "restore": restore,
    "keys": keys,
    "say": say,
    "stop-all": stop_all,
    "read": read,
    "gateway": partial(plain, "gateway"),
    "worker": partial(plain, "worker"),
}


def parse(command: str, words: Iterable[str]) -> argparse.Namespace:
    """Arguments of a command; prints and exits when they cannot be understood."""
    found: argparse.Namespace = PARSERS[command]().parse_args(list(words))
    return found


def refuse(command: str, message: str) -> NoReturn:
    """End as argparse does."""
    parser(command, "").error(message)
