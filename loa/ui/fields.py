"""Form fields that every page draws and reads alike."""

from typing import Any

from django import forms


class Day(forms.DateField):
    """A day, typed as it is written here. A browser's own date field follows the language of its Windows, not ours."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Ngày/tháng/năm, ví dụ 25/8/2026.")
        kwargs.setdefault("error_messages", {"invalid": "Hãy ghi ngày/tháng/năm, ví dụ 25/8/2026."})
        attributes = {"autocomplete": "off", "inputmode": "text", "maxlength": "20"}
        super().__init__(widget=forms.DateInput(format="%d/%m/%Y", attrs=attributes), **kwargs)
