"""Every component in every state, in both themes: the page to look at when building another."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from loa.kernel import clock
from loa.ui.frame import Frame, Hold, NavItem, StopChoice, StopSheet
from loa.ui.pieces import icon_names
from loa.ui.timeline import Segment, Strip, strip

DAY = datetime(2026, 8, 20, 5, 0, tzinfo=clock.LOCAL).astimezone(UTC)
HALF_HOUR = timedelta(minutes=30)
LEVELS = [(i * 37 + i * i * 11) % 71 + 25 if i % 17 < 15 else 4 for i in range(200)]

CHECKED = {
    "findings": (
        {
            "level": "fail",
            "mended": False,
            "advice": "Tiếng bị vỡ ở giây 12: ghi quá to. Hãy nói xa micro hơn một gang tay rồi ghi lại.",
        },
        {
            "level": "warn",
            "mended": True,
            "advice": "Đã tự sửa: kênh phải mất tiếng, Loa dùng kênh còn lại. Hãy kiểm tra dây micro.",
        },
        {
            "level": "warn",
            "mended": False,
            "advice": "Đầu tệp im lặng 4 giây, bà con sẽ tưởng loa hỏng. Hãy cắt bỏ đoạn im.",
        },
    ),
    "figures": (
        ("Độ to cả bài", "-16,0 LUFS"),
        ("Đỉnh của tệp phát", "-2,1 dBTP"),
        ("Tần số lấy mẫu của tệp", "44.100 Hz"),
    ),
}


class Sample(forms.Form):
    """One field of each kind; the gallery shows it with and without errors."""

    title = forms.CharField(label="Tên bản tin", help_text="Ngắn, để lãnh đạo nhận ra ngay.")
    text = forms.CharField(label="Chữ của bản tin", widget=forms.Textarea(attrs={"rows": 4}))
    time = forms.TimeField(label="Giờ phát", error_messages={"invalid": "Sớm nhất là 05:00. Ghi theo mẫu 05:10."})
    source = forms.CharField(label="Nguồn", required=False)
    language = forms.ChoiceField(label="Ngôn ngữ", choices=[("vi", "Tiếng Việt"), ("tyz", "Tiếng Tày")])
    level = forms.ChoiceField(
        label="Mức", choices=[("n", "Thường"), ("p", "Ưu tiên")], widget=forms.RadioSelect, initial="n"
    )
    twice = forms.BooleanField(label="Đọc hai lần", required=False, help_text="Nghe không kịp lần đầu vẫn còn lần sau.")


def _at(hour: int, minute: int = 0) -> datetime:
    return DAY + timedelta(hours=hour - 5, minutes=minute)


def _strip() -> Strip:
    segments = [
        Segment("done", _at(5), _at(6), "05:00 Nhạc hiệu, bản tin xã"),
        Segment("part", _at(6), _at(6, 30), "06:00 Tiếp âm VOV1"),
        Segment("moved", _at(11, 10), _at(11, 40), "11:10 Tiết kiệm điện"),
        Segment("live", _at(17), _at(17, 30), "17:00 Tạm ngừng cấp nước"),
        Segment("next", _at(18), _at(18, 30), "18:00 Tiếp âm VOV1"),
        Segment("hold", _at(17, 10), _at(17, 30)),
    ]
    words = "Mẫu dải giờ: sáng đã phát, 06:00 phát thiếu, 11:10 nhường giờ, 17:00 đang phát, dừng 17:10 đến 17:30"
    return strip(words, DAY, _at(21), segments, now=_at(17, 8))


def sample_frame(path: str) -> Frame:
    """A frame with everything in it, so that the gallery shows the frame too."""
    now = clock.now()
    return Frame(
        place="Xã Quy Mông, tỉnh Lào Cai",
        user_name="Hoàng Thị Lan",
        nav=(
            NavItem(label="Hôm nay", url="#hom-nay", icon="clock"),
            NavItem(label="Duyệt", url="#duyet", icon="tick", count=1),
            NavItem(label="Lịch phát", url="#lich", icon="calendar"),
            NavItem(label="Thiết bị", url="#thiet-bi", icon="device", count=2),
            NavItem(label="Bộ thành phần", url=path, icon="document", current=True),
        ),
        compose_url="#soan",
        calendar_url="#lich",
        stop=StopSheet(
            area="vn.15.04378",
            place="xã Quy Mông",
            speakers=8,
            choices=(
                StopChoice(scope="item", label="Dừng mục đang phát", until=now + HALF_HOUR / 10),
                StopChoice(scope="session", label="Dừng hết buổi, đến 17:30", until=now + HALF_HOUR),
            ),
        ),
        hold=Hold(id="mau", by="Chị Hoàng Thị Lan", at=now, until=now + HALF_HOUR, reason="Có đám tang ở thôn 3"),
    )


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """The gallery page: needs no account and shows only invented facts."""
    wrong = Sample({"title": "", "text": "", "time": "3h15", "language": "vi", "level": "n"}, auto_id="wrong_%s")
    context = {
        "frame": sample_frame(request.path),
        "strip": _strip(),
        "levels": LEVELS,
        "checked": CHECKED,
        "wrong": wrong,
        "empty": Sample(auto_id="empty_%s"),
        "icon_names": sorted(icon_names()),
    }
    return render(request, "ui/gallery.html", context)
