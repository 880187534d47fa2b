"""The machine under Loa: Python, disk, memory, clock, folders, ports."""

import ctypes
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path

from loa.config.env import ROOT
from loa.launch import postgres
from loa.launch.doctor.finding import Finding, bad, ok, warn
from loa.launch.folders import Folders
from loa.launch.ports import is_free
from loa.launch.setup import ELSEWHERE, WANTED_PORTS

GB = 1_000_000_000
TIME_ERROR = 5  # adjtimex(2): nobody disciplines this clock


def python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> Finding:
    """Python 3.11 to 3.13."""
    shown = ".".join(map(str, version))
    if (3, 11) <= version[:2] < (3, 14):
        return ok("Python", f"bản {shown}")
    return bad("Python", f"bản {shown} không dùng được", "Cài Python 3.11 (Debian 12 có sẵn) rồi chạy `make setup`.")


def disk(var: Path) -> Finding:
    """Free space where the data lies."""
    place = next(folder for folder in (var, *var.parents) if folder.exists())
    free = shutil.disk_usage(place).free / GB
    text = f"còn trống {free:.0f} GB ở {place}"
    if free < 1:
        return bad("Ổ đĩa", text, "Dọn bớt ổ đĩa: dưới 1 GB thì không nhận được âm thanh mới.")
    if free < 5:
        return warn("Ổ đĩa", text, "Nên có ít nhất 5 GB trống.")
    return ok("Ổ đĩa", text)


def memory() -> Finding:
    """Memory that can be had now."""
    available = _available_memory() / GB
    text = f"dùng được {available:.1f} GB".replace(".", ",")
    if available < 0.7:
        return bad("Bộ nhớ", text, "Loa cần khoảng 0,7 GB trống. Đóng bớt chương trình khác hoặc thêm bộ nhớ.")
    return ok("Bộ nhớ", text)


def _available_memory() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def clock(now: datetime) -> Finding:
    """Loudspeakers take the time from this machine."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    if now.year < 2026:
        return bad("Đồng hồ", f"đang là {now:%d/%m/%Y}", "Chỉnh lại ngày giờ: loa lấy giờ từ máy này.")
    if state == TIME_ERROR:
        return warn("Đồng hồ", "chưa được đồng bộ với giờ chuẩn", "Cài và bật chrony hoặc systemd-timesyncd.")
    return ok("Đồng hồ", "đang đồng bộ với giờ chuẩn")


def sockets(folders: Folders) -> Finding:
    """The kernel allows 107 bytes in the path of a Unix socket."""
    longest = len(str(folders.sockets / ".s.PGSQL.5432"))
    if longest > postgres.SOCKET_PATH_LIMIT:
        return bad("Đường dẫn", f"{folders.var} quá dài", "Đặt LOA_VAR là một đường dẫn ngắn, ví dụ /srv/loa.")
    return ok("Đường dẫn", str(folders.var))


def database_user(folders: Folders) -> Finding:
    """PostgreSQL refuses to run as root; there are two ways around it."""
    try:
        manner = postgres.how(folders.database)
    except postgres.Unusable as error:
        return bad("Quyền chạy", "PostgreSQL không chạy được ở đây", str(error))
    words = {
        "plain": "tài khoản thường",
        "nobody": "root; cơ sở dữ liệu chạy bằng tài khoản nobody",
        "namespace": "root; cơ sở dữ liệu chạy trong user namespace",
    }
    return ok("Quyền chạy", words[manner])


def writable(name: str, folder: Path) -> Finding:
    """Whether files can be made there."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not place.is_dir():
        return bad(name, f"{place} là một tệp, không phải thư mục", "Sửa LOA_VAR.")
    if os.access(place, os.W_OK | os.X_OK):
        return ok(name, str(folder))
    return bad(name, f"không ghi được vào {place}", f"Cho tài khoản đang chạy Loa quyền ghi vào {place}.")


def free_ports(running: bool) -> Finding:
    """While Loa runs the ports are its own."""
    taken = {name: port for name, port in WANTED_PORTS.items() if not is_free(port)}
    if running or not taken:
        return ok("Cổng mạng", "Loa đang dùng" if running else "các cổng mặc định còn trống")
    text = f"đang có chương trình khác dùng: {', '.join(map(str, taken.values()))}"
    ways = [f"cổng {taken[name]} bằng {way}" for name, way in ELSEWHERE.items() if name in taken]
    up = f"với `loa up` hãy chọn lại {', '.join(ways)}" if ways else "`loa up` cũng tự chọn"
    return warn("Cổng mạng", text, f"`loa demo` tự chọn cổng khác; {up}.")


def fonts(root: Path = ROOT) -> Finding:
    """The pages bring their own type with all Vietnamese marks."""
    if any((root / "loa" / "ui" / "static").rglob("*.woff2")):
        return ok("Phông chữ", "có đủ dấu tiếng Việt")
    return warn("Phông chữ", "thiếu tệp phông chữ của giao diện", "Lấy lại mã nguồn đầy đủ; trang vẫn mở được.")
