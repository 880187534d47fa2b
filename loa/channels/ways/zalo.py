"""Template messages of a Zalo Official Account (ZNS): one request for each number, tokens that are renewed.

After Zalo's public pages: POST to `/message/template` with the header `access_token` and {phone, template_id,
template_data, tracking_id}; the answer is 200 with {error, message, data.msg_id}. An access token lives 25 hours; the
refresh token that comes with it can be used once. What of it could not be tried is in docs/how-to/channels.md.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from loa.channels.rules.sms import international
from loa.channels.rules.words import opened, shortened
from loa.channels.ways.base import ChannelDown, Message, Report, Result, To
from loa.channels.ways.web import BOUNDS, reason
from loa.kernel.clock import local
from loa.media.voices.fetch import Ask, Bounds, FetchFailed, fetch

_TOKEN = -124
_ABOUT_NUMBER = {-108: "number", -118: "no_account", -114: "no_account", -119: "no_account"}
_ABOUT_TEMPLATE = frozenset({-109, -111, -112, -117})
_LONGEST = {"title": 100, "text": 200, "place": 100, "time": 30}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What Zalo gave last."""

    access: str
    refresh: str


class Purse(Protocol):
    """Keeps the tokens of one channel, for all processes together."""

    def current(self) -> Tokens:
        """What is kept."""
        ...

    def renewed(self, spent: str) -> Tokens:
        """Others than those with the access token `spent`, asked for at most once. Raises ChannelDown."""
        ...


@dataclass(frozen=True, slots=True)
class Zalo:
    """See `ways.base.Notifier`. `blanks`: which blank of the template gets the title, the text, the place, the time."""

    template: str
    blanks: Mapping[str, str]
    send_url: str
    purse: Purse
    bounds: Bounds = BOUNDS
    most_at_once: int = 6

    def send(self, message: Message, to: Sequence[To]) -> Iterator[Result | Report]:
        """See the protocol."""
        access = self.purse.current().access
        for one in to:
            answer = self._ask(message, one, access) if access else {"error": _TOKEN}
            if _error(answer) == _TOKEN:
                access = self.purse.renewed(access).access
                answer = self._ask(message, one, access)
                if _error(answer) == _TOKEN:
                    raise ChannelDown("token")
            yield _result(one, answer)

    def collect(self) -> Iterator[Report]:
        """Zalo reports by calling an address of ours, which is not offered: "sent" is all that is known."""
        return iter(())

    def _ask(self, message: Message, one: To, access: str) -> Mapping[str, Any]:
        words = {
            "phone": international(one.address),
            "template_id": self.template,
            "template_data": self._data(message),
            "tracking_id": one.key,
        }
        headers = {"Content-Type": "application/json", "access_token": access}
        ask = Ask(self.send_url, "POST", headers, json.dumps(words, ensure_ascii=False).encode())
        return _asked(ask, self.bounds)

    def _data(self, message: Message) -> dict[str, str]:
        at = local(message.made)
        said = {
            "title": opened(message.status, message.title),
            "text": message.short,
            "place": message.place,
            "time": f"{at:%H:%M} {at:%d/%m/%Y}",
        }
        return {
            self.blanks[name]: shortened(said[name], most) for name, most in _LONGEST.items() if self.blanks.get(name)
        }


def renew(token_url: str, app_id: str, app_secret: str, refresh: str, bounds: Bounds) -> Tokens:
    """Spend a refresh token. Raises ChannelDown."""
    body = urlencode({"refresh_token": refresh, "app_id": app_id, "grant_type": "refresh_token"}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "secret_key": app_secret}
    answer = _asked(Ask(token_url, "POST", headers, body), bounds)
    access, following = answer.get("access_token"), answer.get("refresh_token")
    if answer.get("http") and answer["again"]:
        raise ChannelDown("unreachable")
    if not (isinstance(access, str) and isinstance(following, str) and access and following):
        raise ChannelDown("token")
    return Tokens(access, following)


def _asked(ask: Ask, bounds: Bounds) -> Mapping[str, Any]:
    """The answer as it is; {"http": code, "again": ...} if there is none that can be read."""
    try:
        answer = json.loads(fetch(ask, bounds).body)
    except FetchFailed as failed:
        return {"http": reason(failed), "again": failed.again}
    except ValueError:
        return {"http": "unreadable", "again": True}
    return answer if isinstance(answer, dict) else {"http": "unreadable", "again": True}


def _error(answer: Mapping[str, Any]) -> object:
    return answer.get("error")


def _result(one: To, answer: Mapping[str, Any]) -> Result:
    if "http" in answer:
        return Result(one.key, str(answer["http"]), again=bool(answer["again"]))
    error = _error(answer)
    if error == 0:
        data = answer.get("data")
        identifier = str(data.get("msg_id", "")) if isinstance(data, dict) else ""
        return Result(one.key, "ok", receipts=(identifier[:65],) if identifier else ())
    if not isinstance(error, int):
        return Result(one.key, "unreadable", again=True)
    if error in _ABOUT_TEMPLATE:
        return Result(one.key, "template")
    return Result(one.key, _ABOUT_NUMBER.get(error, f"zalo_{error}"), again=error == -100)
