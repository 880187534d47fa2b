"""Tags and filters that every template has without loading them (see TEMPLATES in the settings)."""

from collections.abc import Sequence
from datetime import date, datetime

from django import template
from django.forms import CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.html import format_html
from django.utils.safestring import SafeString

from loa.kernel import clock
from loa.ui import format as written
from loa.ui import pieces, wave

register = template.Library()

register.simple_tag(pieces.icon, name="icon")
register.simple_tag(pieces.tag, name="tag")
register.simple_tag(pieces.row, name="row")
register.simple_tag(pieces.strip, name="strip")
register.filter("hm", written.hm)
register.filter("day", written.day)
register.filter("short_day", written.short_day)
register.filter("weekday", written.weekday)
register.filter("long_day", written.long_day)
register.filter("duration", written.length)
register.filter("size", written.size)
register.filter("number", written.number)


@register.simple_tag
def at(moment: datetime) -> SafeString:
    """`<time>` showing the local clock time, 05:10."""
    return format_html('<time datetime="{}">{}</time>', clock.local(moment).isoformat(), written.hm(moment))


@register.simple_tag
def on(moment: datetime | date) -> SafeString:
    """`<time>` showing the day, 20/8/2026."""
    return format_html('<time datetime="{}">{}</time>', f"{moment:%Y-%m-%d}", written.day(moment))


@register.filter
def ms(moment: datetime) -> int:
    """Unix milliseconds, for data attributes."""
    return clock.to_ms(moment)


@register.filter
def wave_path(levels: Sequence[int]) -> str:
    """The path data of a wave form from levels 0-100."""
    return wave.path(levels)


@register.filter
def wave_width(levels: Sequence[int]) -> int:
    """The width of the box that the wave form fills."""
    return wave.width(levels)


@register.filter
def picks(field: BoundField) -> list[BoundWidget]:
    """The choices of a radio or multiple-box field, to be drawn as picks; empty for every other field."""
    widget = field.field.widget
    if not isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return []
    return list(field.subwidgets)


@register.filter
def is_box(field: BoundField) -> bool:
    """Whether the field is a single tick box."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def as_input(field: BoundField, hint: str = "") -> SafeString:
    """The widget of a form field with the look of ours; names the hint and the errors for screen readers."""
    attributes: dict[str, str | bool] = {"class": f"{field.field.widget.attrs.get('class', '')} input".strip()}
    spoken = [f"{field.auto_id}_helptext"] if hint or field.help_text else []
    spoken += [f"{field.auto_id}_error"] if field.errors else []
    if spoken:
        attributes["aria-describedby"] = " ".join(spoken)
    return field.as_widget(attrs=attributes)
