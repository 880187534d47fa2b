"""The plain form: days, from, to, by which document, from which day to which."""

from typing import Any

from django import forms

from loa.areas.hours import WindowText
from loa.people.actions.hours import Wish
from loa.ui.fields import Day

ROWS = 4
DAYS = (
    ("1234567", "Hằng ngày"),
    ("12345", "Thứ Hai đến thứ Sáu"),
    ("67", "Thứ Bảy và Chủ nhật"),
    ("1", "Thứ Hai"),
    ("2", "Thứ Ba"),
    ("3", "Thứ Tư"),
    ("4", "Thứ Năm"),
    ("5", "Thứ Sáu"),
    ("6", "Thứ Bảy"),
    ("7", "Chủ nhật"),
)
_WRONG_TIME = "Hãy ghi giờ như 05:00 hoặc 21:30; cuối ngày là 24:00."


class Clock(forms.RegexField):
    """ "5:00" and "05:00" alike; "24:00" is the end of a day."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"inputmode": "numeric", "autocomplete": "off", "placeholder": ""}
        super().__init__(
            r"^([01]?\d|2[0-3]):[0-5]\d$|^24:00$",
            required=False,
            max_length=5,
            widget=forms.TextInput(attrs=attributes),
            error_messages={"invalid": _WRONG_TIME},
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        text: str = super().clean(str(value or "").strip().replace("h", ":").replace("g", ":"))
        return text.rjust(5, "0") if text else ""


class HoursForm(forms.Form):
    """Up to four windows. `wish` gives what was typed; the rules judge it."""

    document = forms.CharField(
        label="Văn bản ban hành", max_length=200, help_text="Số và ngày, ví dụ: Quyết định 12/QĐ-UBND ngày 03/02/2026."
    )
    starts = Day(label="Từ ngày")
    ends = Day(
        label="Đến hết ngày",
        required=False,
        help_text="Để trống: cho đến khi có quy định mới. Rộng hơn mức thường thì phải có ngày kết thúc.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in range(ROWS):
            self.fields[f"days{row}"] = forms.ChoiceField(label="Những ngày", choices=DAYS, required=False)
            self.fields[f"from{row}"] = Clock(label="Từ")
            self.fields[f"to{row}"] = Clock(label="Đến")

    def rows(self) -> list[dict[str, Any]]:
        """The fields of the first window and of every other that is filled in or wrong."""
        return [self._row(row) for row in range(ROWS) if row == 0 or self._is_used(row)]

    def more_rows(self) -> list[dict[str, Any]]:
        """The fields of the windows that nobody has needed yet."""
        return [self._row(row) for row in range(1, ROWS) if not self._is_used(row)]

    def _row(self, row: int) -> dict[str, Any]:
        return {"number": row + 1, **{name: self[f"{name}{row}"] for name in ("days", "from", "to")}}

    def _is_used(self, row: int) -> bool:
        return any(self[f"{name}{row}"].value() for name in ("from", "to"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for row in range(ROWS):
            begun, done = data.get(f"from{row}"), data.get(f"to{row}")
            if bool(begun) != bool(done) and not ({f"from{row}", f"to{row}"} & set(self.errors)):
                self.add_error(f"to{row}" if begun else f"from{row}", "Hãy ghi cả giờ bắt đầu và giờ kết thúc.")
        return data

    def wish(self) -> Wish:
        """What was typed. Call it on a valid form."""
        data = self.cleaned_data
        return Wish(self._windows(), data["document"], data["starts"], data["ends"])

    def _windows(self) -> list[WindowText]:
        data = self.cleaned_data
        return [
            {
                "weekdays": [int(day) for day in data[f"days{row}"] or DAYS[0][0]],
                "from": data[f"from{row}"],
                "to": data[f"to{row}"],
            }
            for row in range(ROWS)
            if data[f"from{row}"]
        ]
