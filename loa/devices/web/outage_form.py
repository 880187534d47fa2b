"""What is typed about a planned outage: the day and two times as a notice of the electricity company writes them."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from loa.areas.models import Area
from loa.devices.models import PlannedOutage
from loa.devices.web.forms import HamletField
from loa.kernel.clock import LOCAL
from loa.ui.fields import Day

_TIME = {"invalid": "Hãy ghi giờ:phút, ví dụ 07:30."}


class OutageForm(forms.Form):
    """`facts()` gives what actions.plan_outage takes, with `hamlet` (or None) instead of the area."""

    kind = forms.ChoiceField(label="Ngừng vì", choices=[
        (PlannedOutage.Kind.POWER, "Cắt điện"),
        (PlannedOutage.Kind.NETWORK, "Nhà mạng ngừng"),
        (PlannedOutage.Kind.WORKS, "Sửa chữa, bảo trì"),
    ], widget=forms.RadioSelect, initial=PlannedOutage.Kind.POWER)  # fmt: skip
    day = Day(label="Ngày")
    starts = forms.TimeField(label="Từ giờ", error_messages=_TIME, input_formats=["%H:%M", "%Hh%M", "%Hh"])
    ends = forms.TimeField(
        label="Đến giờ",
        error_messages=_TIME,
        input_formats=["%H:%M", "%Hh%M", "%Hh"],
        help_text="Sớm hơn giờ bắt đầu thì hiểu là sang ngày hôm sau.",
    )
    source = forms.CharField(
        label="Ai báo", max_length=200, help_text="Ví dụ: Điện lực Trấn Yên, thông báo số 12 ngày 18/8."
    )
    reason = forms.CharField(label="Lý do", max_length=200, required=False, help_text="Ví dụ: thay dây trạm số 2.")

    def __init__(self, *args: Any, hamlets: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts", "ends"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "placeholder": "07:30"}
        self.fields["hamlet"] = HamletField(
            Area.objects.filter(pk__in=[hamlet.pk for hamlet in hamlets]),
            label="Nơi bị ngừng",
            required=False,
            empty_label="Tất cả",
        )
        self.order_fields(["kind", "hamlet", "day", "starts", "ends", "source", "reason"])

    def facts(self) -> dict[str, Any]:
        """The cleaned fields under the names that the action takes."""
        facts = dict(self.cleaned_data)
        day = facts.pop("day")
        starts, ends = (datetime.combine(day, facts[name], LOCAL) for name in ("starts", "ends"))
        facts["starts"], facts["ends"] = starts, ends if ends > starts else ends + timedelta(days=1)
        return facts
