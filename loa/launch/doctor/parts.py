"""The parts of Loa: keys, database, message engine, signer, pages."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from devicelink import keyfiles, signing
from devicelink.keyfiles import KeyProblem
from signer import confirmers, keys
from signer.token import key_folder

from loa.config.env import Env
from loa.devices import tickets
from loa.gateway.timepiece import Doubt
from loa.launch import prepared, probes, sites
from loa.launch.doctor.finding import Finding, bad, ok, warn
from loa.launch.folders import Folders
from loa.launch.parts import local_host

SOON_DAYS = 60
CLOCKS_APART_S = 2.0
CLOCK_OK = "ok"
_GATEWAY_CLOCK = "Đồng hồ của cổng thiết bị"
_EXCHANGE = "Xem `loa keys list`; thay khóa hỏng hoặc hết hạn bằng `loa keys rotate`."
_INIT = "Chạy `loa keys init`, hoặc chạy `loa up` lần đầu để tạo."


def key_modes(*folders: Path) -> Finding:
    """Secrets are for their owner only, wherever they lie. A folder that we may not look into is closed to us, too."""
    there = [folder for folder in folders if folder.exists()]
    if not there:
        return warn("Tệp khóa", "chưa có", _INIT)
    found = (path for folder in there if os.access(folder, os.R_OK | os.X_OK) for path in folder.rglob("*"))
    open_files = [path for path in found if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_files:
        return bad("Tệp khóa", f"người khác đọc được {open_files[0]}", f"Chạy: chmod 600 {open_files[0]}")
    return ok("Tệp khóa", "chỉ chủ đọc được")


def keyset(name: str, folder: Path, now: datetime, *, real: bool) -> Finding:
    """Keys of the signer or the gateway: there, whole, for real use, and not about to expire."""
    label = f"Khóa của {name}"
    if not folder.exists():
        return warn(label, "chưa có", _INIT)
    try:
        found = key_folder(folder)
    except KeyProblem as error:
        return bad(label, str(error), _EXCHANGE)
    moment = int(now.timestamp() * 1000)
    kids, lacking = found.kids(moment), found.lacking(moment)
    if lacking:
        return bad(label, f"không còn khóa nào dùng được cho vai trò {', '.join(lacking)}", _EXCHANGE)
    if missing := keys.lacking(found.keyset):
        way_out = "Chạy `loa keys add-roles` (cần khóa gốc): bản cài này có trước các vai trò ấy."
        return warn(label, f"chưa có khóa cho vai trò {', '.join(missing)}", way_out)
    if real and keyfiles.is_demo(found.keyset):
        return bad(label, "là khóa trình diễn", "Dùng thư mục dữ liệu mới cho việc thật rồi chạy `loa keys init`.")
    ends = datetime.fromtimestamp(found.keyset.expires / 1000, UTC)
    days = (ends - now).days
    text = f"{len(kids)} vai trò, danh sách khóa còn hạn đến {ends:%d/%m/%Y}"
    if days < SOON_DAYS:
        return warn(label, text, "Chạy `loa keys renew` (cần khóa gốc) để gia hạn.")
    return ok(label, text)


def hours(folder: Path, now: datetime) -> list[Finding]:
    """What the signer's host lets sound without a second person, and how many people may widen it."""
    if not folder.exists():
        return []
    try:
        site, people = confirmers.read_site(folder), confirmers.read(folder)
    except KeyProblem as error:
        return [bad("Khung giờ của bộ phận ký", str(error), "Chép lại tệp đó từ bản sao lưu, hoặc đặt lại.")]
    living = [one for one in people if one.may(round(now.timestamp() * 1000))]
    number = len({one.user for one in living if "hours" in one.rights})
    vouchers = len({one.user for one in living if "alert" in one.rights})
    who = f"{number} người xác nhận được giờ rộng hơn" if number else "chưa có ai xác nhận được giờ rộng hơn"
    text = f"không cần người thứ hai: {sites.ceiling(site)}; {who}; {vouchers} người bảo đảm được cho cảnh báo"
    if living and not site.origins:
        way_out = "Chạy: loa keys hours --site https://TÊN-MIỀN (chưa có thì không ai xác nhận được)."
        return [warn("Khung giờ của bộ phận ký", text, way_out)]
    return [ok("Khung giờ của bộ phận ký", text)]


def database(url: str, env: Env, now: datetime) -> list[Finding]:
    """Reachable, its clock, its tables."""
    if problem := probes.database_error(url):
        return [bad("Cơ sở dữ liệu", f"không kết nối được: {problem}", "Xem Loa có đang chạy không, và DATABASE_URL.")]
    with psycopg.connect(url) as connection:
        row = connection.execute("select current_setting('server_version'), clock_timestamp()").fetchone()
    assert row is not None
    found = [ok("Cơ sở dữ liệu", f"PostgreSQL {row[0]}")]
    apart = abs((row[1] - datetime.now(UTC)).total_seconds())
    if apart > CLOCKS_APART_S:
        found.append(bad("Đồng hồ của cơ sở dữ liệu", f"lệch {apart:.0f} giây", "Bật đồng bộ giờ trên cả hai máy."))
    if prepared.remembered(url) != prepared.wanted(env, env.mode, now):
        found.append(warn("Bảng dữ liệu", "chưa theo kịp phiên bản này", "Khởi động lại `loa up`: việc này tự làm."))
    else:
        found.append(ok("Bảng dữ liệu", "đúng phiên bản"))
    return found


def message_engine(url: str) -> Finding:
    """Something listens at NATS_URL (the first of several)."""
    parts = urlsplit(url.split(",")[0])
    host, port = parts.hostname or "127.0.0.1", parts.port or 4222
    if probes.tcp_answers(host, port):
        return ok("Máy chủ tin nhắn", f"trả lời ở {host}:{port}")
    return bad("Máy chủ tin nhắn", f"không trả lời ở {host}:{port}", "Xem NATS_URL và var/log/nats.log.")


def signer(socket: Path) -> Finding:
    """It answers and reaches its database."""
    try:
        with signing.SignerClient(socket, timeout=5) as client:
            status = client.status()
    except signing.SignerUnavailable as error:
        return bad("Bộ phận ký", f"không trả lời: {error}", "Xem var/log/signer.log.")
    if not status.database:
        return bad("Bộ phận ký", "không đọc được cơ sở dữ liệu", "Xem LOA_SIGNER_DATABASE_URL và var/log/signer.log.")
    return ok("Bộ phận ký", f"trả lời, đã ký {status.signed} văn bản từ khi chạy")


def pages(name: str, url: str) -> Finding:
    """Pages or gateway answer at their own address, asked from this machine."""
    host, port, secure = _address(url)
    status = probes.http_status(host, port, "/healthz", tls=secure)
    if status == 200:
        return ok(name, url)
    if status:
        return warn(name, f"trả lời nhưng báo lỗi {status}", "Xem nhật ký trong var/log.")
    return bad(name, f"không trả lời ở {url}", "Xem nhật ký trong var/log.")


def gateway_clock(url: str) -> list[Finding]:
    """Whether the gateway believes its own clock; silent when it does not answer, which another check says."""
    told = clock_told(url)
    if not told:
        return []
    if told == Doubt.STEPPED:
        text = "giờ của máy vừa bị chỉnh đột ngột, nên chưa báo giờ cho loa; loa vẫn chạy theo đồng hồ của mình"
        way_out = (
            "Xem giờ của máy. Nếu đang sai: chỉnh lại (bật chrony hoặc systemd-timesyncd), cổng thiết bị tự báo giờ "
            'trở lại. Nếu giờ mới là đúng: chạy loa doctor --believe-clock "GIỜ", với giờ đọc ở một đồng hồ khác theo '
            'mẫu "14:05 23/11/2026", hoặc khởi động lại cổng thiết bị.'
        )
        return [bad(_GATEWAY_CLOCK, text, way_out)]
    if told == Doubt.DATABASE:
        text = "giờ của máy và của cơ sở dữ liệu lệch nhau quá 30 giây, nên chưa báo giờ cho loa"
        return [bad(_GATEWAY_CLOCK, text, "Bật đồng bộ giờ trên cả hai máy; khi khớp lại thì tự báo giờ trở lại.")]
    return [ok(_GATEWAY_CLOCK, "đáng tin, đang báo giờ cho loa")]


def clock_told(url: str) -> str:
    """What the gateway says of its clock: CLOCK_OK, a Doubt, or "" when it does not answer."""
    host, port, secure = _address(url)
    return str(probes.http_facts(host, port, "/healthz", tls=secure).get("clock", ""))


def own_gateway(env: Env) -> str:
    """Where this machine reaches the gateway. At its public address a proxy may answer, with the pages' /healthz."""
    named, _, port = env.gateway_listen.rpartition(":")
    host = local_host(named.strip("[]")) or "127.0.0.1"
    return f"{'https' if env.tls_cert else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _address(url: str) -> tuple[str, int, bool]:
    """Host, port, and whether it speaks TLS."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return parts.hostname or "127.0.0.1", parts.port or (443 if secure else 80), secure


def audit_key(folders: Folders, env: Env) -> Finding:
    """Signs the heads of the record; without it nobody can tell later whether somebody wrote other heads."""
    if folders.audit_key.exists():
        return ok("Khóa của nhật ký", "có; đầu chuỗi nhật ký được ký mỗi giờ")
    if not env.gateway_keys.exists():
        return ok("Khóa của nhật ký", "sẽ tạo khi chạy lần đầu")
    way_out = "Lấy lại từ bản sao lưu nếu đã từng có; nếu chưa, khởi động lại `loa up` là tự tạo."
    return warn("Khóa của nhật ký", "thiếu, nên đầu chuỗi nhật ký chưa được ký", way_out)


def ticket_key(env: Env) -> Finding:
    """The pages read it, so it lies apart from what the pages may not have."""
    label, folder = "Khóa của nút dừng loa", env.ticket_keys
    if _is_there(env.gateway_keys / tickets.KEY_FILE):
        text = f"còn nằm chung với khóa riêng của cổng thiết bị ở {env.gateway_keys}, nơi trang web không nên vào được"
        return warn(label, text, f"Khởi động lại Loa (hoặc cổng thiết bị): tự chuyển sang {folder}.")
    if not _is_there(folder / tickets.KEY_FILE):
        return ok(label, "sẽ tạo khi chạy lần đầu")
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return bad(label, f"người khác vào được {folder}", f"Chạy: chmod 700 {folder}")
    return ok(label, "có, nằm riêng")


def _is_there(file: Path) -> bool:
    """What we may not look at is as good as not there for us."""
    try:
        return file.exists()
    except PermissionError:
        return False


def secret_key(folders: Folders, env: Env) -> Finding:
    """The key of the sessions."""
    if env.mode == "up" and len(env.secret_key) < 40:
        return bad("Khóa phiên đăng nhập", "quá ngắn", "Bỏ LOA_SECRET_KEY để Loa tự tạo, hoặc đặt chuỗi từ 40 ký tự.")
    return ok("Khóa phiên đăng nhập", "có" if (folders.keys / "secret-key").exists() else "sẽ tạo khi chạy lần đầu")
