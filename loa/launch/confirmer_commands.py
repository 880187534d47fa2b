"""`loa keys hours`, `confirmers` and `break-glass`: what the signer's host decides about allowed hours and alerts.

All change files in the signer's key folder only. A running signer reads them before its next signature.
"""

import argparse
import io
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from devicelink.audience import is_area_path
from devicelink.jws import decode64
from devicelink.keyfiles import KeyProblem, is_demo, read_keyset
from devicelink.keyring import fingerprint
from devicelink.messages import Hours, HoursWindow
from devicelink.signing import Bound
from devicelink.widening import WEEK
from signer import confirmers
from signer.confirmers import RIGHTS, Confirmer, Right

from loa.kernel import clock
from loa.launch import beside
from loa.launch.sites import ceiling, extension, with_address

RIGHT_WORDS: dict[Right, str] = {"hours": "khung giờ", "alert": "cảnh báo"}


def hours(folder: Path, arguments: argparse.Namespace) -> None:
    """Show the ceiling and the site, or set them. KeyProblem, ValueError."""
    site = confirmers.read_site(folder)
    if arguments.start or arguments.end:
        window = HoursWindow(weekdays=WEEK, start=_minute(arguments.start), end=_minute(arguments.end))
        if window.start >= window.end:
            raise ValueError("giờ kết thúc phải sau giờ bắt đầu")
        site = msgspec.structs.replace(site, ceiling=Hours(windows=(window,)))
    if arguments.nights is not None or arguments.latest:
        site = msgspec.structs.replace(site, extension=_bound(site.extension, arguments))
    if arguments.site:
        site = with_address(site, arguments.site)
    if site != confirmers.read_site(folder):
        confirmers.write_site(folder, site)
    print(f"Không cần người thứ hai: {ceiling(site)}")
    print(f"Gia hạn đã duyệt, mỗi nơi nhiều nhất: {extension(site)}")
    print(f"Khóa đăng nhập được dùng ở: {', '.join(site.origins) or 'chưa đặt (loa keys hours --site https://…)'}")


def _bound(bound: Bound, arguments: argparse.Namespace) -> Bound:
    """With other numbers. ValueError."""
    days = bound.days if arguments.nights is None else arguments.nights
    latest = 1440 + _minute(arguments.latest) if arguments.latest else bound.latest
    if not 0 <= days <= 366:
        raise ValueError("số ngày gia hạn một năm là từ 0 đến 366")
    return Bound(days=days, earliest=bound.earliest, latest=latest)


def people(folder: Path, arguments: argparse.Namespace) -> None:
    """`list`, `add NAME`, `remove NAME-or-id`. KeyProblem, ValueError."""
    deed = arguments.what or "list"
    if deed == "list":
        _list(folder)
    elif not arguments.who:
        raise ValueError("hãy nói rõ ai, ví dụ: loa keys confirmers add bao")
    elif deed == "add":
        _add(folder, arguments)
    elif deed == "remove":
        _remove(folder, arguments)
    else:
        raise ValueError(f"không có việc {deed!r}: hãy chọn list, add hoặc remove")


def _list(folder: Path) -> None:
    rows, now = confirmers.read(folder), clock.to_ms(clock.now())
    if not rows:
        print("Chưa có ai xác nhận được khung giờ rộng hơn mức thường, hay bảo đảm được cho cảnh báo.")
        print("Thêm: loa keys confirmers add TÊN --area VÙNG --for hours,alert")
    for one in rows:
        state = "đã thu hồi" if one.void else f"đến {_day(one.valid_to)}" if one.may(now) else "đã hết hạn"
        rights = " và ".join(RIGHT_WORDS[right] for right in one.rights)
        demo = ", khóa trình diễn" if one.demo else ""
        print(f"  {one.user:<6} {one.name}, vùng {one.scope}, {rights}, {state}{demo}")
        print(f"         dấu khóa {one.fingerprint()}")


def _add(folder: Path, arguments: argparse.Namespace) -> None:
    if not arguments.area:
        raise ValueError("hãy nói rõ vùng được xác nhận, ví dụ --area vn.15.04531")
    rights = _rights(arguments.rights)
    exported = _exported(arguments)
    key = _chosen(exported["keys"], arguments.fingerprint or _read_out(exported["name"]))
    now = clock.to_ms(clock.now())
    one = Confirmer(
        user=str(exported["user"]),
        name=str(exported["name"]),
        scope=arguments.area,
        credential=key["credential"],
        public=key["public"],
        valid_from=now,
        valid_to=_until(arguments.until, now),
        demo=is_demo(read_keyset(folder)),
        rights=rights,
    )
    confirmers.add(folder, one)
    what = " và ".join(RIGHT_WORDS[right] for right in rights)
    print(f"Đã ghi nhận khóa của {one.name} cho {what}, vùng {one.scope}, đến {_day(one.valid_to)}.")


def _rights(text: str) -> tuple[Right, ...]:
    """ValueError for anything but "hours", "alert" or both."""
    wanted = {part.strip() for part in text.split(",")}
    found = tuple(right for right in RIGHTS if right in wanted)
    if not found or len(found) != len(wanted):
        raise ValueError(f"không có việc {text!r}: hãy ghi --for hours, --for alert hoặc --for hours,alert")
    return found


def _exported(arguments: argparse.Namespace) -> dict[str, Any]:
    """From the file that the platform's machine wrote, or from the platform on this machine."""
    text = Path(arguments.file).read_text() if arguments.file else _ask_platform(arguments.who)
    found = json.loads(text)
    if not isinstance(found, dict) or not {"user", "name", "keys"} <= set(found):
        raise ValueError("tệp này không phải do `loa passkeys TÊN` in ra")
    return found


def _ask_platform(name: str) -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    with beside.database(lambda line: print(line, file=sys.stderr)):
        import django
        from django.core.management import CommandError, call_command

        django.setup()
        out = io.StringIO()
        try:
            call_command("passkeys", name, stdout=out)
        except CommandError as error:
            raise ValueError(str(error)) from error
        return out.getvalue()


def _read_out(name: str) -> str:
    print(f"Gọi {name} và nhờ đọc dấu khóa ở trang Tài khoản của họ (không lấy từ tin nhắn hay từ máy chủ này).")
    return input("Gõ dấu khóa nghe được: ")


def _chosen(keys: list[dict[str, str]], said: str) -> dict[str, str]:
    """The key with the fingerprint that the person read out: what the platform says is not believed."""
    wanted = "".join(letter for letter in said.lower() if letter in "0123456789abcdef")
    for key in keys:
        if fingerprint(decode64(key["public"])).replace("-", "") == wanted:
            return key
    raise KeyProblem("không khóa nào có dấu như vậy. Đừng ghi nhận; hãy đọc lại cùng nhau.")


def _remove(folder: Path, arguments: argparse.Namespace) -> None:
    now = clock.to_ms(clock.now())
    named = [one.user for one in confirmers.read(folder) if arguments.who in (one.user, one.name)]
    for one in confirmers.remove(folder, named[0] if named else arguments.who, now=now, void=arguments.void):
        print(f"{one.name}: không xác nhận được nữa.")
    if arguments.void:
        print("Mọi khung giờ do khóa này xác nhận mất hiệu lực từ bây giờ; cảnh báo cần một khóa khác.")
    else:
        print("Những khung giờ đã xác nhận vẫn giữ đến hết hạn. Khóa bị mất cắp thì thêm --void.")


def break_glass(folder: Path, arguments: argparse.Namespace) -> None:
    """`list`, `add AREA`, `remove AREA`: where one person alone may vouch for an actual alert."""
    site, deed = confirmers.read_site(folder), arguments.what or "list"
    areas = set(site.break_glass)
    if deed not in ("list", "add", "remove"):
        raise ValueError(f"không có việc {deed!r}: hãy chọn list, add hoặc remove")
    if deed != "list" and not is_area_path(arguments.who):
        raise ValueError("hãy nói rõ vùng, ví dụ: loa keys break-glass add vn.15.04531")
    if deed == "remove" and arguments.who not in areas:
        raise ValueError(f"{arguments.who} không có trong danh sách")
    changed = areas | {arguments.who} if deed == "add" else areas - {arguments.who}
    if deed != "list":
        confirmers.write_site(folder, msgspec.structs.replace(site, break_glass=tuple(sorted(changed))))
    if not (areas if deed == "list" else changed):
        print("Ở đâu cảnh báo thực cũng cần hai người.")
        return
    print("Khi không có người thứ hai, một người được phát cảnh báo thực ở (mỗi lần đều được ghi sổ riêng):")
    for area in sorted(areas if deed == "list" else changed):
        print(f"  {area}")


def _until(text: str, now: int) -> int:
    if not text:
        return now + confirmers.LIFE_MS
    day = datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=clock.LOCAL)
    return clock.to_ms(day) + 86_400_000


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not hour.isdecimal() or not minute.isdecimal() or int(minute) > 59 or int(hour) * 60 + int(minute) > 1440:
        raise ValueError(f"giờ {text!r} không đúng; hãy ghi cả --from 05:00 và --to 21:00")
    return int(hour) * 60 + int(minute)


def _day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, UTC).astimezone(clock.LOCAL):%d/%m/%Y}"
