"""The forms of the rules of the air; the rules judge what was typed."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from loa.areas.codes import Effect, Every, Exempt, OffKind, Reason, choices
from loa.areas.hours import minute
from loa.areas.models import OperatingRules
from loa.areas.profiles import Profile
from loa.broadcasts.changes.kinds.air import SetAir, Volume
from loa.broadcasts.changes.kinds.clusters import SetCluster
from loa.broadcasts.changes.kinds.days_off import AddDayOff
from loa.broadcasts.changes.kinds.rules import Hours
from loa.broadcasts.web.hours.forms import DAYS, Clock, HoursForm
from loa.devices.models import Mute
from loa.kernel.clock import LOCAL
from loa.kernel.errors import Invalid
from loa.ui.fields import Day

VOLUMES = 3
NIGHT = 1440


class LoudForm(HoursForm):
    """Hours and how loud it may be at which of them, by which document."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in range(VOLUMES):
            self.fields[f"loud_from{row}"] = Clock(label="Từ")
            self.fields[f"loud_to{row}"] = Clock(label="Đến")
            self.fields[f"loud_most{row}"] = forms.IntegerField(
                label="Tối đa (%)", required=False, min_value=0, max_value=100
            )

    def volumes(self) -> list[list[forms.BoundField]]:
        """The fields of the first line about volume and of every other that is filled in or wrong."""
        return [self._line(row) for row in range(VOLUMES) if row == 0 or self._is_said(row)]

    def more_volumes(self) -> list[list[forms.BoundField]]:
        """The fields of the lines that nobody has needed yet."""
        return [self._line(row) for row in range(1, VOLUMES) if not self._is_said(row)]

    def _line(self, row: int) -> list[forms.BoundField]:
        return [self[f"loud_{name}{row}"] for name in ("from", "to", "most")]

    def _is_said(self, row: int) -> bool:
        return any(field.value() not in ("", None) for field in self._line(row))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for row in range(VOLUMES):
            names = [f"loud_{name}{row}" for name in ("from", "to", "most")]
            empty = [name for name in names if data.get(name) in ("", None)]
            if 0 < len(empty) < len(names) and not set(names) & set(self.errors):
                self.add_error(empty[0], "Hãy ghi đủ giờ bắt đầu, giờ kết thúc và mức âm lượng.")
        return data

    def _volumes(self) -> tuple[Volume, ...]:
        data = self.cleaned_data
        rows = ([data[f"loud_{name}{row}"] for name in ("from", "to", "most")] for row in range(VOLUMES))
        return tuple(Volume(since, until, most) for since, until, most in rows if since)

    def _hours(self) -> tuple[Hours, ...]:
        return tuple(Hours(tuple(one["weekdays"]), one["from"], one["to"]) for one in self.wish().windows)


class ClusterForm(LoudForm):
    """What one cluster alone keeps to; empty hours mean those of its area."""

    document = forms.CharField(
        label="Văn bản hoặc lý do", max_length=200, help_text="Ví dụ: Biên bản họp thôn 5 ngày 03/02/2026."
    )
    ends = Day(label="Đến hết ngày", required=False, help_text="Để trống: cho đến khi thôi áp dụng.")

    def change(self, area: str, device: str) -> SetCluster:
        """What was typed. Call it on a valid form."""
        data = self.cleaned_data
        return SetCluster(
            area=area, device=device, document=data["document"], starts=data["starts"], ends=data["ends"],
            windows=self._hours(), volumes=self._volumes(),
        )  # fmt: skip


class RulesForm(LoudForm):
    """Everything that a document says of the air of a place."""

    max_sessions_per_day = forms.IntegerField(label="Số buổi mỗi ngày", required=False, min_value=1, max_value=48)
    max_minutes_per_session = forms.IntegerField(label="Số phút mỗi buổi", required=False, min_value=1, max_value=1440)
    max_minutes_per_day = forms.IntegerField(label="Số phút mỗi ngày", required=False, min_value=1, max_value=1440)
    emergency = forms.CharField(label="Văn bản nói gì về khẩn cấp", required=False, max_length=300)
    exempts = forms.MultipleChoiceField(
        label="Không tính vào số buổi, số phút", choices=choices(Exempt), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    children_may_widen = forms.BooleanField(label="Cấp dưới được đặt rộng hơn", required=False)
    extension_days = forms.IntegerField(
        label="Cấp dưới được gia hạn mấy ngày một năm", required=False, min_value=0, max_value=366,
        help_text="Chỉ quy chế của tỉnh, thành phố mới cho phép được; để trống là không nói đến.",
    )  # fmt: skip
    extension_latest = forms.CharField(
        label="Gia hạn muộn nhất đến", required=False, max_length=5, help_text="Ví dụ 23:30; 00:30 là sau nửa đêm."
    )
    extension_reasons = forms.MultipleChoiceField(
        label="Được gia hạn vì", choices=choices(Reason), required=False, widget=forms.CheckboxSelectMultiple
    )
    profile = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean_extension_latest(self) -> int:
        """Minutes after midnight; what is before noon belongs to the night after."""
        text = self.cleaned_data["extension_latest"].strip()
        if not text:
            return NIGHT
        try:
            minutes = minute(text.rjust(5, "0"))
        except Invalid as error:
            raise forms.ValidationError(error.message) from None
        return minutes + NIGHT if minutes < NIGHT // 2 else minutes

    def change(self, area: str) -> SetAir:
        """What was typed. Call it on a valid form."""
        data, wish = self.cleaned_data, self.wish()
        names = (
            "max_sessions_per_day",
            "max_minutes_per_session",
            "max_minutes_per_day",
            "emergency",
            "extension_days",
        )
        return SetAir(
            area=area,
            windows=self._hours(),
            document=wish.document,
            starts=wish.starts,
            ends=wish.ends,
            volumes=self._volumes(),
            exempts=tuple(data["exempts"]),
            children_may_widen=data["children_may_widen"],
            extension_latest=data["extension_latest"],
            extension_reasons=tuple(data["extension_reasons"]),
            profile=data["profile"],
            **{name: data[name] for name in names},
        )


def filled(source: OperatingRules | Profile | None) -> dict[str, Any]:
    """First values of a `RulesForm`, from rules in force or a ready profile."""
    if source is None:
        return {}
    if isinstance(source, Profile):
        said: dict[str, Any] = dict(source.terms)
        return _values(source.windows, said)
    names = (
        "max_sessions_per_day", "max_minutes_per_session", "max_minutes_per_day", "emergency", "exempts", "volumes",
        "children_may_widen", "extension_days", "extension_latest", "extension_reasons", "profile",
    )  # fmt: skip
    said = {name: getattr(source, name) for name in names}
    return {**_values(source.windows, said), "document": source.document}


def _values(windows: Any, said: dict[str, Any]) -> dict[str, Any]:
    known = {days for days, _ in DAYS}
    values = {name: value for name, value in said.items() if name != "volumes"}
    for row, window in enumerate(windows[:4]):
        days = "".join(map(str, sorted(window["weekdays"])))
        values |= {f"days{row}": days if days in known else DAYS[0][0], f"from{row}": window["from"]}
        values[f"to{row}"] = window["to"]
    for row, cap in enumerate(said.get("volumes", [])[:VOLUMES]):
        values |= {f"loud_from{row}": cap["from"], f"loud_to{row}": cap["to"], f"loud_most{row}": cap["most"]}
    latest = said.get("extension_latest", NIGHT)
    values["extension_latest"] = "" if latest == NIGHT else f"{latest // 60 % 24:02}:{latest % 60:02}"
    return values


class DayOffForm(forms.Form):
    """One row of days off."""

    kind = forms.ChoiceField(label="Loại ngày", choices=choices(OffKind))
    name = forms.CharField(label="Tên ngày", max_length=120, help_text="Ví dụ: Giỗ Tổ Hùng Vương, Quốc tang.")
    effect = forms.ChoiceField(label="Trong ngày đó", choices=choices(Effect))
    sessions = forms.IntegerField(
        label="Số buổi được phát", required=False, min_value=0, max_value=48, help_text="Khi chọn phát ít buổi hơn."
    )
    every = forms.ChoiceField(label="Lặp lại", required=False, choices=[("", "Chỉ một đợt"), *choices(Every)])
    day = forms.IntegerField(
        label="Ngày", required=False, min_value=1, max_value=31, help_text="Khi lặp lại: 15 là rằm, 1 là mùng một."
    )
    month = forms.IntegerField(
        label="Tháng", required=False, min_value=0, max_value=12, help_text="Âm lịch: để trống là mọi tháng."
    )
    length = forms.IntegerField(label="Mấy ngày liền", required=False, min_value=1, max_value=31)
    starts = Day(label="Từ ngày")
    ends = Day(label="Đến hết ngày", required=False)
    document = forms.CharField(label="Văn bản hoặc người quyết định", max_length=200)
    children_may_lift = forms.BooleanField(label="Cấp dưới được phát như ngày thường", required=False)

    def change(self, area: str) -> AddDayOff:
        """What was typed. Call it on a valid form."""
        data = self.cleaned_data
        return AddDayOff(
            area=area, sort=data["kind"], name=data["name"], document=data["document"], effect=data["effect"],
            starts=data["starts"], ends=data["ends"], sessions=data["sessions"], every=data["every"],
            month=data["month"] or 0, day=data["day"] or 0, length=data["length"] or 1,
            children_may_lift=data["children_may_lift"],
        )  # fmt: skip


class _UntilForm(forms.Form):
    """Until a day and an hour."""

    to_day = Day(label="Đến ngày")
    to_clock = Clock(label="Đến giờ")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"from_clock", "to_clock"} & self.fields.keys():
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = "Hãy ghi giờ, ví dụ 21:00."

    def instant(self, name: str) -> datetime:
        """Of a valid form: `from` or `to`."""
        return _instant(self.cleaned_data[f"{name}_day"], self.cleaned_data[f"{name}_clock"])

    def so_far(self, name: str) -> datetime | None:
        """The same of a form that somebody is still filling in, or that has its first values; None while it is none."""
        values = self.initial
        if self.is_bound:
            self.is_valid()
            values = self.cleaned_data
        day, hour = (values.get(f"{name}_{part}") for part in ("day", "clock"))
        return _instant(day, hour) if day and hour else None


def _instant(day: date, hour: str) -> datetime:
    hours, minutes = map(int, hour.split(":"))
    return datetime.combine(day, datetime.min.time(), LOCAL) + timedelta(hours=hours, minutes=minutes)


class ExtensionForm(_UntilForm):
    """A wish for longer hours."""

    from_day = Day(label="Từ ngày")
    from_clock = Clock(label="Từ giờ")
    reason = forms.ChoiceField(label="Lý do", choices=choices(Reason))
    words = forms.CharField(label="Nói rõ thêm", max_length=300, help_text="Ví dụ: tường thuật đêm giao thừa của xã.")


class MuteForm(_UntilForm):
    """Until when a cluster keeps quiet, and why."""

    reason = forms.ChoiceField(label="Lý do", choices=Mute.Reason.choices, widget=forms.RadioSelect)
    words = forms.CharField(label="Nói rõ thêm", max_length=200, required=False)
    field_order = ("reason", "to_day", "to_clock", "words")
