"""The fields of Soạn bản tin. A draft may leave out anything; what is entered has to make sense."""

import re
from datetime import date
from typing import Any

from django import forms

from loa.broadcasts.rules import duties
from loa.broadcasts.rules.plans import PERISHABLE_HOURS, USUAL_HOURS
from loa.broadcasts.rules.times import BadTimes, clock
from loa.broadcasts.rules.words import away
from loa.broadcasts.web.compose import further, voicing
from loa.broadcasts.web.compose.days import WEEKDAYS as WEEKDAYS
from loa.broadcasts.web.compose.days import Day as Day
from loa.broadcasts.web.compose.days import DaysForm
from loa.broadcasts.web.compose.desk import Desk
from loa.bulletins import rules
from loa.bulletins.models import Priority
from loa.media import rules as media_rules

OTHER = "other"
READINGS = [(str(n), f"{n} lần") for n in range(1, rules.MAX_READINGS + 1)]
_CLOCK = re.compile(r"^(\d{1,2})(?:[:.hHgG](\d{2})?)?$")


class Words(forms.CharField):
    """Words as people paste them. A text that is too long is not cut off while it is pasted: it is said how much."""

    def to_python(self, value: Any) -> Any:
        """Without what nobody sees."""
        return super().to_python(rules.tidy(value) if isinstance(value, str) else value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No maxlength: browsers cut silently."""
        return {}


def _too_long(what: str, limit: int) -> dict[str, str]:
    advice = "Hãy rút gọn hoặc chia thành nhiều bản tin."
    return {"max_length": f"{what} dài %(show_value)s chữ cái, tối đa {_dotted(limit)}. {advice}"}


def _dotted(number: int) -> str:
    return f"{number:,}".replace(",", ".")


class Clocks(forms.CharField):
    """Times of day: "05:10, 17h" becomes ("05:10", "17:00")."""

    def to_python(self, value: Any) -> Any:
        """A tuple of "HH:MM"."""
        return tuple(dict.fromkeys(read_clock(part) for part in re.split(r"[,;\s]+", value or "") if part))

    def prepare_value(self, value: Any) -> Any:
        """As it is shown."""
        return ", ".join(part[:5] for part in value) if isinstance(value, (list, tuple)) else value


def read_clock(text: str) -> str:
    """ "5h10" -> "05:10". Raises ValidationError with the words for it."""
    found = _CLOCK.match(text.strip())
    try:
        if found is None:
            raise BadTimes(_bad_clock(text))
        written = f"{int(found[1]):02}:{int(found[2] or 0):02}"
        clock(written)
    except BadTimes:
        raise forms.ValidationError(_bad_clock(text)) from None
    return written


def _bad_clock(text: str) -> str:
    return f"Giờ “{text[:20]}” không đúng; hãy ghi như 05:10 hoặc 17:30."


def _several(label: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple)


class WhereForm(forms.Form):
    """Where something sounds: everywhere, or the groups, units and clusters that are picked; some of them left out."""

    where = forms.ChoiceField(choices=[("all", ""), ("some", "")], required=False, initial="all")
    groups = _several("Nhóm loa")
    former = _several("Xã cũ")
    hamlets = _several("Thôn, tổ dân phố")
    clusters = _several("Từng cụm loa")
    without = _several("Trừ các cụm")

    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clusters = [(row.pk, f"Cụm {row.number:02} · {row.name}") for row in desk.speakers]
        self._offer("groups", [(str(row.pk), row.name) for row in desk.groups])
        self._offer("former", [(row.path, row.full_name) for row in desk.former])
        self._offer("hamlets", [(row.path, row.full_name) for row in desk.hamlets])
        self._offer("clusters", clusters)
        self._offer("without", clusters)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Some places means at least one."""
        data = super().clean() or {}
        if data.get("where") == "some" and not any(data.get(name) for name in SOME):
            self.add_error("where", "Hãy chọn ít nhất một nhóm, thôn hoặc cụm loa, hoặc chọn phát cả đơn vị.")
        return data


class ComposeForm(voicing.VoicingForm, DaysForm, WhereForm):
    """See the module. `offers` are value and words of the sessions that may be picked."""

    client_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    sound = forms.UUIDField(required=False, widget=forms.HiddenInput)
    recorded = forms.UUIDField(required=False, widget=forms.HiddenInput)
    uploaded = forms.UUIDField(required=False, widget=forms.HiddenInput)
    before = forms.UUIDField(required=False, widget=forms.HiddenInput)

    title = Words(
        label="Tên bản tin",
        required=False,
        max_length=rules.MAX_TITLE,
        error_messages=_too_long("Tên bản tin", rules.MAX_TITLE),
    )
    text = Words(
        label="Chữ của bản tin",
        required=False,
        max_length=rules.MAX_TEXT,
        error_messages=_too_long("Nội dung", rules.MAX_TEXT),
        help_text=f"Dán nguyên văn công văn cũng được, tới {_dotted(rules.MAX_TEXT)} chữ cái; "
        f"giọng máy đọc tới {_dotted(media_rules.MAX_TEXT_CHARACTERS)}.",
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    source = forms.ChoiceField(
        label="Lấy tiếng từ đâu",
        choices=[("voice", "Giọng đọc máy"), ("record", "Thu giọng tôi"), ("upload", "Tải tệp tiếng, video")],
        widget=forms.RadioSelect,
        initial="voice",
        required=False,
    )
    sound_reason = forms.CharField(
        label="Vì sao vẫn dùng tiếng này?",
        required=False,
        max_length=rules.MAX_REASON,
        error_messages={"max_length": f"Lý do dài tối đa {rules.MAX_REASON} chữ cái. Hãy rút gọn."},
    )
    readings = forms.ChoiceField(label="Đọc mấy lần", choices=READINGS, required=False)
    category = forms.ChoiceField(label="Lĩnh vực", required=False)
    priority = forms.ChoiceField(
        label="Mức", choices=Priority.choices, widget=forms.RadioSelect, initial="normal", required=False
    )
    public = forms.BooleanField(
        label="Nội dung bắt buộc công khai trên loa",
        required=False,
        help_text=f"Phát ít nhất {duties.CONSECUTIVE_DAYS} ngày liên tiếp ({duties.BASIS}).",
    )
    language = forms.ChoiceField(label="Ngôn ngữ", choices=list(rules.LANGUAGES.items()), initial="vi", required=False)
    valid_from = Day(label="Có hiệu lực từ ngày")
    valid_to = Day(label="Đến hết ngày")

    slot = forms.CharField(required=False)
    day = Day(label="Ngày phát")
    clocks = Clocks(label="Giờ phát", required=False, help_text="Nhiều giờ thì ghi cách nhau: 05:10, 17:00.")

    perishable = forms.BooleanField(
        label=f"Tin mau cũ: loa mất liên lạc {away(PERISHABLE_HOURS)} thì thôi không phát",
        required=False,
        help_text=f"Cho tin chỉ đúng trong một, hai ngày. Không đánh dấu: mất liên lạc {away(USUAL_HOURS)} mới thôi.",
    )

    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, desk=desk, **kwargs)
        self.desk = desk
        self.only_stopgap = voicing.only_stopgap()
        self._offer("category", [("", "Chọn lĩnh vực"), *desk.categories])

    def clean(self) -> dict[str, Any]:
        """What belongs together."""
        data = super().clean()
        first, last = data.get("valid_from"), data.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", "Ngày hết hiệu lực đứng trước ngày bắt đầu.")
        self._clean_days(data)
        self._clean_languages(data)
        return data

    def _clean_languages(self, data: dict[str, Any]) -> None:
        """They are rows, as many as there are, so they are no fields of their own."""
        if hasattr(self.data, "getlist"):
            data["languages"] = further.entered(self.data, self.desk)
            if further.nameless(self.data):
                self.add_error(None, further.ADD)

    def _clean_days(self, data: dict[str, Any]) -> None:
        first = data.get("day") if data.get("slot") == OTHER else day_of((data.get("slot") or "").rpartition(":")[2])
        self.clean_repeats(data, first, asks=self.asks_for_air(data))
        if data.get("slot") == OTHER and data.get("clocks") and not data.get("day") and "day" not in self.errors:
            self.add_error("day", "Hãy ghi ngày phát.")
        if data.get("slot") == OTHER and data.get("day") and not data.get("clocks") and "clocks" not in self.errors:
            self.add_error("clocks", "Hãy ghi giờ phát, ví dụ 17:00.")

    def wrong_times(self) -> str:
        """What is wrong with the days and times as they are written, while somebody writes them; "" if nothing is."""
        if not self.is_bound:
            return ""
        named = TIMES if self.cleaned_data.get("slot") == OTHER else TIMES[2:]
        return next((str(self.errors[name][0]) for name in named if name in self.errors), "")

    @staticmethod
    def asks_for_air(data: dict[str, Any]) -> bool:
        """Whether a time was chosen at all."""
        slot = data.get("slot")
        return bool(slot and slot != OTHER) or bool(slot == OTHER and data.get("day") and data.get("clocks"))


TIMES = ("day", "clocks", "until", "weekdays", "lunar_days", "lunar_months", "except_days", "gap", "again")
SOME = ("groups", "former", "hamlets", "clusters")


def day_of(text: str) -> date | None:
    """An ISO day, None if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
