"""The fields of Soạn bản tin that say on which days something sounds: once, every day, by weekday, by the moon, and on
which days not."""

import re
from datetime import date, timedelta
from typing import Any

from django import forms

from loa.broadcasts.rules.times import MAX_REPEATS

REPEATS = (
    ("once", "Một lần"),
    ("three", "3 ngày liên tiếp"),
    ("daily", "Hằng ngày"),
    ("weekdays", "Theo thứ trong tuần"),
    ("lunar", "Theo ngày âm lịch"),
)
SEVERAL = ("daily", "weekdays", "lunar")
WEEKDAYS = tuple((str(n), name) for n, name in enumerate(("T2", "T3", "T4", "T5", "T6", "T7", "CN"), 1))
LONGEST = timedelta(days=366)
MOST_EXCEPT = 40
NEW_AND_FULL_MOON = (1, 15)
_APART = re.compile(r"[,;\s]+")


class Day(forms.DateField):
    """A day as it is written here, not as the browser's language would have it."""

    FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("error_messages", {"invalid": "Hãy ghi ngày/tháng/năm, ví dụ 25/8/2026."})
        widget = forms.DateInput(format="%d/%m/%Y", attrs={"autocomplete": "off", "placeholder": "ngày/tháng/năm"})
        super().__init__(widget=widget, input_formats=["%d/%m/%Y", "%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> Any:
        """A date of this century; anything further is a slip of the finger."""
        day = super().to_python(value)
        if day is not None and not self.FIRST <= day <= self.LAST:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class Days(forms.CharField):
    """Several days: "2/9/2026, 25/12/2026" becomes dates in their order."""

    def to_python(self, value: Any) -> Any:
        """A tuple of dates."""
        if isinstance(value, (list, tuple)):
            return tuple(value)
        one = Day()
        parts = [part for part in _APART.split(value or "") if part]
        if len(parts) > MOST_EXCEPT:
            raise forms.ValidationError(f"Chỉ ghi được tối đa {MOST_EXCEPT} ngày. Hãy chia thành nhiều lịch ngắn hơn.")
        return tuple(sorted({one.clean(part) for part in parts}))

    def prepare_value(self, value: Any) -> Any:
        """As it is shown."""
        return ", ".join(f"{day:%d/%m/%Y}" for day in value) if isinstance(value, (list, tuple)) else value


class Numbers(forms.CharField):
    """Several numbers: "1, 15" becomes (1, 15)."""

    def __init__(self, *, most: int, wrong: str, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=120, **kwargs)
        self.most, self.wrong = most, wrong

    def to_python(self, value: Any) -> Any:
        """A tuple of whole numbers in their order."""
        if isinstance(value, (list, tuple)):
            return tuple(value)
        parts = [part for part in _APART.split(value or "") if part]
        if not all(part.isascii() and part.isdecimal() and 1 <= int(part[:4]) <= self.most for part in parts):
            raise forms.ValidationError(self.wrong)
        return tuple(sorted({int(part) for part in parts}))

    def prepare_value(self, value: Any) -> Any:
        """As it is shown."""
        return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


class DaysForm(forms.Form):
    """On which days, and how often on a day. `repeat` is a pattern or "three"."""

    repeat = forms.ChoiceField(label="Phát những ngày nào", choices=REPEATS, required=False, initial="once")
    until = Day(label="Đến hết ngày")
    weekdays = forms.MultipleChoiceField(
        label="Các thứ", choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    lunar_days = Numbers(
        label="Các ngày âm lịch", most=30, initial=NEW_AND_FULL_MOON, help_text="Mùng 1 và rằm thì ghi 1, 15.",
        wrong="Ngày âm lịch từ 1 đến 30, ghi như 1, 15.",
    )  # fmt: skip
    lunar_months = Numbers(
        label="Các tháng âm lịch", most=12, help_text="Để trống là mọi tháng.",
        wrong="Tháng âm lịch từ 1 đến 12, ghi như 1, 7.",
    )  # fmt: skip
    except_days = Days(
        label="Trừ các ngày", required=False, max_length=600,
        help_text="Nhiều ngày thì ghi cách nhau: 2/9/2026, 25/12/2026.",
    )  # fmt: skip
    except_holidays = forms.BooleanField(label="Trừ các ngày lễ, Tết được nghỉ", required=False)
    again = forms.IntegerField(label="Nhắc lại thêm mấy lần", required=False, min_value=0, max_value=MAX_REPEATS)
    gap = forms.IntegerField(label="Cách nhau mấy phút", required=False, min_value=1, max_value=720)

    def clean_repeats(self, data: dict[str, Any], first: date | None, *, asks: bool) -> None:
        """What belongs together; `first` is the first day, `asks` whether a time was chosen at all."""
        repeat, until = data.get("repeat"), data.get("until")
        if repeat in SEVERAL and first and until and until - first > LONGEST:
            self.add_error("until", "Một lần duyệt có hạn tối đa 1 năm. Hãy chọn ngày cuối gần hơn.")
        if repeat in SEVERAL and "until" not in self.errors and not until and asks:
            self.add_error("until", "Hãy ghi ngày cuối: một lần duyệt luôn có hạn.")
        if repeat == "weekdays" and not data.get("weekdays") and asks:
            self.add_error("weekdays", "Hãy chọn ít nhất một thứ trong tuần.")
        if repeat == "lunar" and "lunar_days" not in self.errors and not data.get("lunar_days") and asks:
            self.add_error("lunar_days", "Hãy ghi ít nhất một ngày âm lịch, ví dụ 1, 15.")
        if data.get("again") and not data.get("gap"):
            self.add_error("gap", "Hãy ghi các lần nhắc cách nhau mấy phút.")
