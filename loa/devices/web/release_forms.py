"""What is typed when another release is proposed, or a loudspeaker is asked for its log."""

from typing import Any

from devicelink.limits import MAX_LOG_LINES
from django import forms

from loa.devices.models import DeviceGroup, Release
from loa.devices.rules.rollouts import Ring
from loa.devices.web.forms import GroupsField


class ReleaseField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Releases by their version."""

    def label_from_instance(self, obj: Release) -> str:
        return f"Bản {obj.version}" + (f": {obj.note}" if obj.note else "")


class ProposeForm(forms.Form):
    """Which release, in which rings."""

    release = ReleaseField(label="Bản phần mềm", queryset=Release.objects.none(), empty_label=None)
    groups = GroupsField(label="Nhóm loa đi trước", queryset=DeviceGroup.objects.none(), required=False)
    shares = forms.CharField(
        label="Các đợt, tính theo phần trăm số loa",
        max_length=40,
        initial="1, 10, 100",
        help_text="Đợt sau gồm cả đợt trước; đợt cuối là 100. Ví dụ 1, 10, 100: đợt đầu khoảng 1% số loa.",
    )
    threshold = forms.IntegerField(
        label="Tỷ lệ loa phải chạy tốt (%)",
        initial=98,
        min_value=50,
        max_value=100,
        help_text="Không đạt được nữa thì tự dừng.",
    )
    soak_hours = forms.IntegerField(
        label="Theo dõi mỗi đợt (giờ)",
        initial=24,
        min_value=0,
        max_value=336,
        help_text="Đủ thời gian này mới sang đợt tiếp theo.",
    )
    words = forms.CharField(
        label="Vì sao cập nhật", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Người duyệt đọc dòng này. Ví dụ: sửa lỗi loa nối lại chậm sau khi mất điện.",
    )  # fmt: skip

    def __init__(self, *args: Any, path: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["release"].queryset = Release.objects.all()  # type: ignore[attr-defined]
        groups = DeviceGroup.objects.filter(area__path=path).order_by("name")
        if groups.exists():
            self.fields["groups"].queryset = groups  # type: ignore[attr-defined]
        else:
            del self.fields["groups"]

    def clean_shares(self) -> tuple[int, ...]:
        """Percentages, in order."""
        pieces = self.cleaned_data["shares"].replace("%", " ").replace(";", ",").replace(",", " ").split()
        if not pieces or not all(piece.isdecimal() and len(piece) <= 3 for piece in pieces):
            raise forms.ValidationError("Ghi các số cách nhau bằng dấu phẩy. Ví dụ: 1, 10, 100.", code="shares")
        return tuple(int(piece) for piece in pieces)

    def rings(self) -> tuple[Ring, ...]:
        """The rings; chosen groups belong to the first."""
        groups = tuple(str(group.pk) for group in self.cleaned_data.get("groups") or ())
        shares = self.cleaned_data["shares"]
        return tuple(Ring(share, groups if number == 0 else ()) for number, share in enumerate(shares))


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Lý do", max_length=300)


class LogForm(forms.Form):
    """How much of its log, and why."""

    reason = forms.CharField(label="Vì sao cần xem", max_length=200, help_text="Ví dụ: loa hay mất liên lạc buổi tối.")
    lines = forms.IntegerField(label="Số dòng cuối", initial=500, min_value=1, max_value=MAX_LOG_LINES)
