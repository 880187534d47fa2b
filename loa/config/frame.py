"""Fills the frame of every page from the domains (see loa/ui/frame.py)."""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from loa.ui.frame import Frame, NavItem


class _Person(Protocol):
    is_authenticated: bool

    def get_full_name(self) -> str: ...
    def get_username(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the product: its words, its drawing, the name of its address."""

    label: str
    icon: str
    url_name: str


SECTIONS = (
    Section("Hôm nay", "clock", "broadcasts:today"),
    Section("Soạn bản tin", "pen", "broadcasts:compose"),
    Section("Duyệt", "tick", "broadcasts:approve"),
    Section("Lịch phát", "calendar", "broadcasts:week"),
    Section("Thiết bị", "device", "devices:list"),
)


def build(request: HttpRequest) -> Frame:
    """The frame for this request; a visitor who is not signed in gets a bare one."""
    user: _Person | None = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Frame()
    return Frame(
        user_name=user.get_full_name() or user.get_username(),
        account_url=_address("people:account"),
        nav=_navigation(request.path),
        compose_url=_address("broadcasts:compose"),
        calendar_url=_address("broadcasts:week"),
        gateway=settings.LOA_GATEWAY_URL,
    )


def _navigation(path: str) -> tuple[NavItem, ...]:
    """The sections that exist; the one that holds `path` is the current one."""
    items = []
    for section in SECTIONS:
        url = _address(section.url_name)
        if url:
            current = path == url or (url != "/" and path.startswith(url))
            items.append(NavItem(label=section.label, url=url, icon=section.icon, current=current))
    return tuple(items)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
