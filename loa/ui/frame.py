"""What stands around every page: place, person, navigation, the stop sheet, the running hold.

The frame's content comes from the domains, which this folder may not know. `settings.LOA_FRAME` names a function
`(HttpRequest) -> Frame` that lives above them and pulls what it needs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One line of the navigation. `count` is the number of things that wait for this person; 0 shows nothing."""

    label: str
    url: str
    icon: str
    current: bool = False
    count: int = 0
    count_label: str = "việc chờ"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopChoice:
    """One way of stopping that acts at once: `scope` is item or session; `until` is when sound may come back."""

    scope: str
    label: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSheet:
    """The second tap of 'Dừng tất cả loa': what would be stopped (`speakers` clusters of `area`) and the ready choices.

    The browser posts to the gateway; `action` is the platform's own address for browsers without scripts.
    """

    area: str
    place: str
    speakers: int
    choices: tuple[StopChoice, ...] = ()
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A stop that is in force: who, since when, until when, why; `id` names it when it is released."""

    id: str
    by: str
    at: datetime
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """What this person is told: where it stands, how much of it they have not looked at, where to ask anew."""

    url: str
    refresh_url: str
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertNow:
    """An alert that loudspeakers of the place obey now (`look` alert or drill), or one that waits (person)."""

    id: str
    title: str
    text: str
    url: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """What every page says of alerts. `url`: of one, with __id__; `compose_url` for who may ask for one; `confirms`:
    this person is asked to confirm those of others."""

    url: str
    compose_url: str = ""
    confirms: bool = False
    now: tuple[AlertNow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything the frame shows. Empty fields leave their part out, so `Frame()` is a bare page.

    `area` is the path of the area that the page is about. `user_key` separates what browsers keep for different people
    on one machine. `ticket` is the signed ticket of the gateway (events, stop-all) and `gateway` its address as the
    browser sees it, without a slash at the end.
    """

    area: str = ""
    place: str = ""
    user_name: str = ""
    user_key: str = ""
    account_url: str = ""
    sign_out_url: str = ""
    home_url: str = "/"
    nav: tuple[NavItem, ...] = ()
    bell: Bell | None = None
    compose_url: str = ""
    approve_url: str = ""
    calendar_url: str = ""
    live_url: str = ""
    answers_live: bool = False
    stop: StopSheet | None = None
    hold: Hold | None = None
    alerts: Alerts | None = None
    ticket: str = ""
    gateway: str = ""


def build(request: HttpRequest) -> Frame:
    """The frame of this request, made by the function that `settings.LOA_FRAME` names."""
    builder: Callable[[HttpRequest], Frame] = import_string(settings.LOA_FRAME)
    return builder(request)
