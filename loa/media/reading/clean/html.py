"""Web pages and what Word puts on the clipboard -> plain text. By hand, in one pass: hostile input costs no more."""

import html
import re

from loa.media.reading.clean.source import Finding, Source

_NAMES = (
    "a|abbr|acronym|address|article|aside|audio|b|base|big|blockquote|body|br|button|caption|center|cite|code"
    "|col|colgroup|dd|del|details|div"
    "|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|h[1-6]|head|header|hr|html|i|iframe|img"
    "|input|ins|kbd|label|li|link"
    "|main|mark|meta|nav|nobr|noscript|object|ol|option|p|param|pre|q|s|samp|script|section|select|small|source"
    "|span|strike|strong|style"
    "|sub|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr|xml"
)
_TAG = re.compile(
    rf"</?(?:(?:o|w|v|m|x|st1|dir):[A-Za-z0-9]{{1,30}}|(?i:{_NAMES})(?=[\s/>]))[^<>]{{0,4000}}>"
    rf"|<[!?][^<>-][^<>]{{0,500}}>"
)
_BLOCK = re.compile(
    r"</?(?i:p|div|br|li|ul|ol|tr|table|h[1-6]|hr|blockquote|title|body|head|section|article|dd|dt|pre|center)[\s/>]"
)
_CELL = re.compile(r"</?(?i:td|th)[\s/>]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_STYLE_TEXT = re.compile(
    r"(?:/\* ?(?:Style|Font|List|Page) Definitions ?\*/|\b(?:table|p|li|div|span|a"
    r"|@page)[.:#][\w.:#-]{1,60}[ ,]{0,3})+\s{0,9}\{[^{}]{0,2000}\}"
)
_BLOCKS = (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>"), ("<xml", "</xml>"))


def without_html(source: Source, found: list[Finding]) -> Source:
    """No tags, no style, no entities; blocks become lines, cells a pause."""
    if "<" in source.text:
        source = _without_blocks(source, found)
        source = source.sub(_TAG, _room, "html", found)
    if "{" in source.text:
        source = source.sub(_STYLE_TEXT, "", "html", found)
    return source.sub(_ENTITY, _character, "", found) if "&" in source.text else source


def _room(match: re.Match[str]) -> str:
    if _BLOCK.match(match[0]):
        return "\n"
    return " " if _CELL.match(match[0]) else ""


def _character(match: re.Match[str]) -> str:
    said = html.unescape(match[0])
    return said if said != match[0] and len(said) <= 2 else match[0]


def _without_blocks(source: Source, found: list[Finding]) -> Source:
    spans: list[tuple[int, int]] = []
    lower = source.text.lower() if len(source.text.lower()) == len(source.text) else source.text
    for opening, closing in _BLOCKS:
        at = lower.find(opening)
        while at >= 0:
            end = lower.find(closing, at)
            if end < 0:
                break
            spans.append((at, end + len(closing)))
            at = lower.find(opening, end)
    return _cut(source, sorted(spans), found)


def _cut(source: Source, spans: list[tuple[int, int]], found: list[Finding]) -> Source:
    if not spans:
        return source
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end in spans:
        if start >= at:
            text.append(source.text[at:start])
            starts += source.starts[at:start]
            ends += source.ends[at:start]
            first, last = source.starts[start], source.ends[end - 1]
            found.append(Finding(first, last, source.given[first:last], "html"))
        at = max(at, end)
    text.append(source.text[at:])
    return Source(source.given, "".join(text), starts + source.starts[at:], ends + source.ends[at:])
