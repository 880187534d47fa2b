"""The small markup that one page repeats by the hundred: drawings, tags, lines of a day, strips.

Each is written here once, for the components of the same name and for long lists, which use it without the component:
that alone costs ten times as much as the markup.
"""

import re
from functools import cache
from pathlib import Path

from django.template import TemplateSyntaxError
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from loa.ui.timeline import Bar, Strip

SPRITE = Path(__file__).parent / "static" / "ui" / "icons.svg"
_OF_TAG = {"ok": "tick", "live": "speaker", "moved": "moved", "person": "person", "alert": "warning"}
_NOTHING = SafeString("")


@cache
def icon_names() -> frozenset[str]:
    """Every drawing of the sprite."""
    return frozenset(re.findall(r'<symbol id="([\w-]+)"', SPRITE.read_text()))


@cache
def icon(name: str, kind: str = "ic") -> SafeString:
    """A drawing of the sprite, hidden from screen readers (a word stands beside it). Raises on an unknown name."""
    if name not in icon_names():
        raise TemplateSyntaxError(f"no icon {name!r} in ui/icons.svg")
    sprite = static("ui/icons.svg")
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', kind, sprite, name)


def tag(words: str, kind: str = "", drawing: str = "", classes: str = "", attrs: object = "") -> SafeString:
    """See the component `tag`; `drawing` "none" leaves out the one of its kind, `attrs` is markup."""
    look = " ".join(part for part in ("tag", kind and f"is-{kind}", classes) if part)
    name = drawing or _OF_TAG.get(kind, "none")
    drawn = _NOTHING if name == "none" else icon(name)
    return format_html('<span class="{}" {}>{}{}</span>', look, SafeString(attrs), drawn, words)


def row(
    time: str, title: str, *, href: str = "", hint: str = "", live: bool = False, state: str = "", slot: str = "",
    attrs: object = "",
) -> SafeString:  # fmt: skip
    """See the component `row`."""
    look = " ".join(part for part in ("row", live and "row-live", href and "row-open") if part)
    name = format_html("<strong>{}</strong>", title) if live else title
    return format_html(
        '<li class="{}" {}><time>{}</time><div>{}{}{}</div>{}</li>',
        look,
        SafeString(attrs),
        time,
        format_html('<a href="{}">{}</a>', href, name) if href else name,
        format_html("<p>{}</p>", hint) if hint else "",
        slot,
        format_html('<div class="state">{}</div>', state) if state else "",
    )


def strip(drawn: Strip, attrs: object = "") -> SafeString:
    """See the component `timeline`."""
    return format_html(
        '<svg class="strip" role="img" aria-label="{}" {}>'
        '<rect class="strip-bg" x="0" y="8" width="100%" height="32" rx="6"/>{}{}{}</svg>',
        drawn.label,
        SafeString(attrs),
        format_html_join("", _HOUR, ((x, x) for x in drawn.hour_lines)),
        SafeString("".join(map(_bar, drawn.bars))),
        format_html(_NOW, drawn.now_x, drawn.now_x) if drawn.now_x else "",
    )


_HOUR = '<line class="strip-hour" x1="{}" x2="{}" y1="8" y2="40"/>'
_NOW = '<line class="strip-now" x1="{}" x2="{}" y1="0" y2="48"/>'
_HOLD = '<rect class="seg-hold" x="{}" y="2" width="{}" height="44" rx="3"/>'
_BAR = '<rect class="seg-{}" x="{}" y="8" width="{}" height="32" rx="3">{}</rect>{}'
_PROOF = '<rect class="seg-proof" x="{}" y="35" width="{}" height="5"/>'


def _bar(bar: Bar) -> SafeString:
    if bar.kind == "hold":
        return format_html(_HOLD, bar.x, bar.width)
    title = format_html("<title>{}</title>", bar.title) if bar.title else ""
    proof = format_html(_PROOF, bar.x, bar.width) if bar.kind == "done" else ""
    return format_html(_BAR, bar.kind, bar.x, bar.width, title, proof)
