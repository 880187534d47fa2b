"""What is typed on the pages of alerts."""

from collections.abc import Sequence
from typing import Any

from django import forms

from loa.alerts import hazards, rules, wording
from loa.alerts.content import GENERAL, Wanted, Words
from loa.alerts.models import Status
from loa.alerts.queries.places import Place
from loa.alerts.wording import Template
from loa.areas.models import Area

SIRENS = (("flood", "Còi lũ"), ("fire", "Còi cháy"), ("storm", "Còi bão"), ("generic", "Còi chung"), ("", "Không còi"))
OWN = range(1, 4)  # places with a text of their own
_LIVES = [(minutes, f"{minutes} phút" if minutes < 60 else f"{minutes // 60} giờ") for minutes in rules.LIVES]
_REPEATS = [(minutes, f"{minutes} phút một lần" if minutes else "Không nhắc lại") for minutes in rules.REPEATS]


class AlertForm(forms.Form):
    """Everything that an alert is made of, for an office (`area`) and the `places` below it."""

    status = forms.ChoiceField(label="Loại tin", choices=Status.choices, widget=forms.RadioSelect, initial="actual")
    event = forms.ChoiceField(label="Chuyện gì")
    risk = forms.TypedChoiceField(label="Cấp độ rủi ro thiên tai", coerce=int, required=False)
    whole = forms.BooleanField(required=False, initial=True)
    areas = forms.MultipleChoiceField(label="Nơi nhận", required=False, widget=forms.CheckboxSelectMultiple)
    template = forms.ChoiceField(label="Mẫu câu", required=False)
    text = forms.CharField(
        label="Lời đọc", required=False, max_length=wording.MOST_TEXT, widget=forms.Textarea(attrs={"rows": 4})
    )
    text_en = forms.CharField(
        label="Lời bằng tiếng Anh", required=False, max_length=wording.MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    issuer = forms.CharField(label="Đơn vị phát", max_length=120, required=False)
    source = forms.CharField(
        label="Theo tin của", max_length=160, required=False, help_text="Ví dụ: Đài khí tượng thủy văn tỉnh, lúc 14 giờ"
    )
    siren = forms.ChoiceField(label="Còi trước lời đọc", choices=SIRENS, required=False)
    life = forms.TypedChoiceField(label="Có hiệu lực trong", choices=_LIVES, coerce=int, initial=60)
    repeat = forms.TypedChoiceField(label="Nhắc lại", choices=_REPEATS, coerce=int, initial=10)
    keep = forms.BooleanField(label="Lệnh sơ tán: 60 giây đầu không cảnh báo nào được chèn", required=False)
    voice = forms.ChoiceField(label="Giọng đọc", required=False)
    recorded = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        area: Area,
        places: Sequence[Place],
        templates: Sequence[Template],
        voices: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.area, self.templates = area, {one.key: one for one in templates}
        book, fields = hazards.book(), self.fields
        natural = [(one.code, one.name) for one in book.kinds.values() if one.natural]
        others = [(one.code, one.name) for one in book.kinds.values() if not one.natural]
        choices = [(place.area.path, place.area.full_name) for place in places]
        fields["event"].choices = [("Thiên tai", natural), ("Việc khác", others)]  # type: ignore[attr-defined]
        fields["risk"].choices = [(0, "Không ghi cấp"), *((n, f"Cấp {n}") for n in book.colours)]  # type: ignore[attr-defined]
        fields["areas"].choices = choices  # type: ignore[attr-defined]
        fields["template"].choices = [("", "Tự viết"), *((one.key, one.name) for one in templates)]  # type: ignore[attr-defined]
        fields["voice"].choices = [*voices, ("", "Không có lời đọc, chỉ còi")]  # type: ignore[attr-defined]
        for number in OWN:
            fields[f"own_area_{number}"] = forms.ChoiceField(
                label=f"Nơi {number}", required=False, choices=[("", "Không dùng"), *choices]
            )
            fields[f"own_text_{number}"] = forms.CharField(
                label=f"Lời riêng cho nơi {number}", required=False, max_length=wording.MOST_TEXT,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    @property
    def own_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Pairs of place and text."""
        return [(self[f"own_area_{number}"], self[f"own_text_{number}"]) for number in OWN]

    def clean(self) -> dict[str, Any]:
        """A place, and something to say."""
        data = super().clean() or {}
        if not data.get("whole") and not data.get("areas"):
            self.add_error("areas", "Hãy chọn ít nhất một nơi nhận, hoặc chọn toàn địa bàn.")
        if not self.words():
            self.add_error("text", "Hãy ghi lời đọc, hoặc chọn mẫu câu rồi điền chỗ trống.")
        if "[" in self.words():
            self.add_error("text", "Lời đọc còn chỗ trống trong ngoặc vuông. Hãy điền hết.")
        for number in OWN:
            if bool(data.get(f"own_area_{number}")) != bool(data.get(f"own_text_{number}")):
                self.add_error(f"own_text_{number}", "Lời riêng cần cả nơi và lời.")
        return data

    def words(self) -> str:
        """The general text."""
        return " ".join(str(self.cleaned_data.get("text") or "").split())

    def wanted(self, references: tuple[str, ...] = ()) -> Wanted:
        """What was typed. Call it on a valid form."""
        data = self.cleaned_data
        texts = {"vi": self.words()}
        if data["text_en"].strip():
            texts["en"] = " ".join(data["text_en"].split())
        own = tuple(
            Words(
                f"rieng-{number}", {"vi": " ".join(data[f"own_text_{number}"].split())}, (data[f"own_area_{number}"],)
            )
            for number in OWN
            if data[f"own_area_{number}"]
        )
        return Wanted(
            status=data["status"], event=data["event"], risk=data["risk"] or 0,
            areas=(self.area.path,) if data["whole"] else tuple(data["areas"]), general=Words(GENERAL, texts), own=own,
            siren=data["siren"], life=data["life"], repeat=data["repeat"] if data["repeat"] <= data["life"] else 0,
            keep=data["keep"], issuer=data["issuer"].strip(), source=data["source"].strip(), references=references,
        )  # fmt: skip
