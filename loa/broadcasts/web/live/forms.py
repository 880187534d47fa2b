"""What is filled in to ask for a permit to speak live."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms

from loa.broadcasts.rules.speaking import MOST_MINUTES, Terms
from loa.broadcasts.rules.times import midnight
from loa.broadcasts.web.compose.forms import WEEKDAYS, read_clock
from loa.kernel.clock import local
from loa.people.models import User
from loa.ui.fields import Day

_YEAR = timedelta(days=364)


class PermitForm(forms.Form):
    """Who, when, how long."""

    person_id = forms.TypedChoiceField(label="Người nói", coerce=int)
    weekdays = forms.MultipleChoiceField(label="Các ngày", choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple)
    opens = forms.CharField(label="Từ giờ", max_length=8, help_text="Ghi như 05:00 hoặc 17h.")
    closes = forms.CharField(label="Đến giờ", max_length=8)
    minutes = forms.IntegerField(label="Mỗi lần nhiều nhất (phút)", min_value=1, max_value=MOST_MINUTES)
    day_minutes = forms.IntegerField(label="Mỗi ngày nhiều nhất (phút)", min_value=1, max_value=24 * 60)
    last_day = Day(label="Dùng đến hết ngày")
    reason = forms.CharField(label="Để nói về việc gì", max_length=300)

    def __init__(self, *args: Any, people: Sequence[User], **more: Any) -> None:
        first = {"opens": "05:00", "closes": "20:00", "minutes": 15, "day_minutes": 30, "weekdays": list("1234567")}
        more.setdefault("initial", first)
        super().__init__(*args, **more)
        self._people = {one.pk: one for one in people}
        names = [(one.pk, one.full_name or one.get_username()) for one in people]
        self.fields["person_id"].choices = names  # type: ignore[attr-defined]

    def clean_opens(self) -> str:
        """A local time of day, "05:10"."""
        return read_clock(self.cleaned_data["opens"])

    def clean_closes(self) -> str:
        """The same; "24:00" is understood as the end of the day."""
        text: str = self.cleaned_data["closes"]
        return "24:00" if text.strip() in ("24:00", "24h", "24") else read_clock(text)

    def person(self) -> User:
        """For whom."""
        return self._people[self.cleaned_data["person_id"]]

    def terms(self, now: datetime) -> Terms:
        """What was filled in."""
        data = self.cleaned_data
        return Terms(
            place="",
            weekdays=tuple(sorted(int(day) for day in data["weekdays"])),
            opens=_minute(data["opens"]),
            closes=_minute(data["closes"]),
            minutes=data["minutes"],
            day_minutes=data["day_minutes"],
            starts=now,
            ends=midnight(data["last_day"] + timedelta(days=1)),
        )


def year_from(now: datetime) -> str:
    """The last day that may be asked for, as people write it."""
    return f"{local(now) + _YEAR:%d/%m/%Y}"


def once_minutes(text: str) -> int:
    """Minutes as they were typed; 0 for what is no number, which is refused in words."""
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes or 0)
