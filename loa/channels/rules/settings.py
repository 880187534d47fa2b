"""What a channel has to know, by its kind: which fields are open, which are secret, what is wrong with them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from loa.channels.rules.codes import Kind

ZALO_SEND = "https://business.openapi.zalo.me/message/template"
ZALO_TOKEN = "https://oauth.zaloapp.com/v4/oa/access_token"  # noqa: S105 - an address
_HOST = re.compile(r"[A-Za-z0-9.\-:\[\]]{1,253}")
_SENDER = re.compile(r"[A-Za-z0-9 ._\-]{1,11}|[0-9]{3,15}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
ZALO_FIELDS = ("title", "text", "place", "time")


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of the open settings and of the secret ones."""

    open: tuple[str, ...]
    secret: tuple[str, ...] = ()


FIELDS: dict[str, Fields] = {
    Kind.SMS: Fields(("host", "port", "tls", "system_id", "system_type", "sender"), ("password",)),
    Kind.ZALO: Fields(
        ("app_id", "template", "title", "text", "place", "time", "send_url", "token_url"),
        ("app_secret", "refresh_token"),
    ),
    Kind.EMAIL: Fields(()),
    Kind.WEBHOOK: Fields(("url",)),
    Kind.BOARD: Fields(("url",)),
}


def fault(kind: str, given: Mapping[str, str]) -> tuple[str, str] | None:
    """(field, complete Vietnamese) of the first fault of the open settings, None if there is none."""
    if kind == Kind.SMS:
        return _sms_fault(given)
    if kind == Kind.ZALO:
        return _zalo_fault(given)
    if kind in (Kind.WEBHOOK, Kind.BOARD) and not is_address(given.get("url", "")):
        return "url", "Địa chỉ phải bắt đầu bằng https://, không có dấu cách và không có mật khẩu."
    return None


def _sms_fault(given: Mapping[str, str]) -> tuple[str, str] | None:
    port = given.get("port", "")
    if not _HOST.fullmatch(given.get("host", "")):
        return "host", "Hãy nhập tên máy chủ SMPP, ví dụ smpp.nhamang.vn."
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        return "port", "Cổng phải là số từ 1 đến 65535."
    if not 0 < len(given.get("system_id", "")) <= 15 or not given["system_id"].isascii():
        return "system_id", "Tên đăng nhập (system_id) dài tối đa 15 ký tự không dấu."
    if len(given.get("system_type", "")) > 12 or not given.get("system_type", "").isascii():
        return "system_type", "system_type dài tối đa 12 ký tự không dấu."
    if not _SENDER.fullmatch(given.get("sender", "")):
        return "sender", "Tên hiển thị dài tối đa 11 ký tự không dấu, hoặc là một đầu số."
    return None


def _zalo_fault(given: Mapping[str, str]) -> tuple[str, str] | None:
    for name, words in (("app_id", "Mã ứng dụng"), ("template", "Mã mẫu tin")):
        if not given.get(name, "").isdecimal():
            return name, f"{words} chỉ gồm chữ số, lấy ở trang quản trị của Zalo."
    for name in ZALO_FIELDS:
        if given.get(name) and not _NAME.fullmatch(given[name]):
            return name, "Tên ô trống của mẫu chỉ gồm chữ không dấu, số và dấu gạch dưới."
    if not given.get("text"):
        return "text", "Hãy cho biết ô trống nào của mẫu nhận nội dung."
    for name in ("send_url", "token_url"):
        if given.get(name) and not is_address(given[name]):
            return name, "Địa chỉ phải bắt đầu bằng https://."
    return None


def is_address(url: str) -> bool:
    """https (plain http only to this machine, which `media.voices.fetch` sees to), a host, no password inside."""
    if not re.fullmatch(r"https?://[!-~]{1,390}", url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
