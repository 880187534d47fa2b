"""What is typed on a repair ticket and on the record of a pole."""

from typing import Any

from django import forms

from loa.devices.models import RepairTicket
from loa.devices.rules import tickets as rules
from loa.devices.rules.pole import read_horns
from loa.kernel.errors import Invalid
from loa.ui.fields import Day

_HANDS = ((RepairTicket.Hands.COMMUNE, "Xã tự sửa"), (RepairTicket.Hands.VENDOR, "Đơn vị cung cấp sửa"))


class _HandsForm(forms.Form):
    """Who repairs it, until when."""

    hands = forms.ChoiceField(label="Ai sửa", choices=_HANDS, widget=forms.RadioSelect)
    vendor = forms.CharField(
        label="Tên đơn vị sửa", max_length=120, required=False, help_text="Ghi khi nhờ đơn vị ngoài sửa."
    )
    warranty_until = Day(label="Còn bảo hành đến", required=False)
    due = Day(label="Hạn sửa xong")


class OpenTicketForm(_HandsForm):
    """A new ticket."""

    cause = forms.ChoiceField(label="Hỏng ở đâu", choices=[*rules.CAUSES.items()], widget=forms.RadioSelect)
    words = forms.CharField(
        label="Mô tả", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Thấy gì, đã thử gì. Ví dụ: loa rè, tắt bật lại không hết.",
    )  # fmt: skip

    field_order = ("cause", "words", "hands", "vendor", "warranty_until", "due")


class ChangeTicketForm(_HandsForm):
    """Corrects who repairs it until when, and adds a note."""

    note = forms.CharField(label="Ghi chú", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class WordsForm(forms.Form):
    """What was done, or why."""

    words = forms.CharField(label="Đã làm gì", max_length=500, required=False)


class PhotoForm(forms.Form):
    """A picture from the telephone."""

    photo = forms.FileField(
        label="Ảnh",
        help_text="JPG, PNG hoặc WebP. Ảnh được thu nhỏ; vị trí và giờ chụp ghi trong ảnh bị xóa.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )


class HornsField(forms.CharField):
    """Directions of the horns; cleans to degrees."""

    def clean(self, value: Any) -> list[int]:
        try:
            return read_horns(super().clean(value) or "")
        except Invalid as error:
            raise forms.ValidationError(error.message, code=error.code) from error


class PoleForm(forms.Form):
    """The record of a pole."""

    owner = forms.CharField(
        label="Chủ cột", max_length=120, required=False, help_text="Ví dụ: UBND xã, Điện lực Trấn Yên, VNPT."
    )
    horns = HornsField(
        label="Hướng loa",
        max_length=80,
        required=False,
        help_text="Mỗi loa một hướng: độ từ hướng bắc theo chiều kim đồng hồ, hoặc chữ. Ví dụ: 90, 270 hay đông, tây.",
    )
    nearest_house_m = forms.IntegerField(label="Cách nhà gần nhất (m)", min_value=0, max_value=10_000, required=False)
    note = forms.CharField(label="Ghi chú", max_length=300, required=False)
