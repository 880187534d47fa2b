"""Opens the way that a channel describes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from loa.channels.actions.keeping import read_secret, write_secret
from loa.channels.models import Channel
from loa.channels.rules.codes import Kind
from loa.channels.rules.settings import ZALO_FIELDS, ZALO_SEND, ZALO_TOKEN
from loa.channels.ways.base import ChannelDown, Notifier
from loa.channels.ways.email import Email
from loa.channels.ways.line import Account
from loa.channels.ways.sms import Sms
from loa.channels.ways.web import BOUNDS, Webhook
from loa.channels.ways.zalo import Tokens, Zalo, renew
from loa.kernel.errors import Unavailable
from loa.media.voices.fetch import Bounds


def way_of(channel: Channel, clock: Callable[[], datetime]) -> Notifier:
    """The way that leads out there. Raises ChannelDown `sealed`."""
    if channel.kind == Kind.EMAIL:
        return Email()
    try:
        secret = read_secret(channel)
    except Unavailable as error:
        raise ChannelDown("sealed") from error
    options = channel.options
    if channel.kind == Kind.SMS:
        return Sms(_account(options, secret.get("password", "")), options["sender"])
    if channel.kind == Kind.ZALO:
        blanks = {name: options.get(name, "") for name in ZALO_FIELDS}
        send_url = options.get("send_url") or ZALO_SEND
        return Zalo(options["template"], blanks, send_url, Kept(channel), _bounds(send_url))
    return Webhook(secret.get("secret", "").encode(), clock, _bounds(options["url"]))


def _account(options: dict[str, str], password: str) -> Account:
    host = options["host"]
    return Account(
        host=host, port=int(options["port"]), system_id=options["system_id"], password=password,
        system_type=options.get("system_type", ""), tls=options.get("tls") == "1", local=_is_ours(host),
    )  # fmt: skip


def _bounds(url: str) -> Bounds:
    return replace(BOUNDS, local=_is_ours(urlsplit(url).netloc.rpartition("@")[2]) or _is_ours(urlsplit(url).hostname))


def _is_ours(host: str | None) -> bool:
    """A host of our own network that the operator has named (LOA_CHANNELS_LOCAL)."""
    return host is not None and host in settings.LOA_CHANNELS_LOCAL


class Kept:
    """The tokens of a Zalo channel, sealed in its row: see `ways.zalo.Purse`."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def current(self) -> Tokens:
        """See the protocol."""
        return self._tokens(self._channel)

    @transaction.atomic
    def renewed(self, spent: str) -> Tokens:
        """Asked for while the row is held, so that the refresh token, good for once, is spent by one process alone.

        Who dies between Zalo's answer and the commit has lost it: the page then asks for a new one.
        """
        row = Channel.objects.select_for_update().get(pk=self._channel.pk)
        kept = self._tokens(row)
        if kept.access and kept.access != spent:
            return kept
        secret, options = read_secret(row), row.options
        url = options.get("token_url") or ZALO_TOKEN
        fresh = renew(url, options["app_id"], secret.get("app_secret", ""), kept.refresh, _bounds(url))
        write_secret(row, {**secret, "access_token": fresh.access, "refresh_token": fresh.refresh})
        row.save(update_fields=["secret"])
        return fresh

    def _tokens(self, row: Channel) -> Tokens:
        secret = read_secret(row)
        return Tokens(secret.get("access_token", ""), secret.get("refresh_token", ""))
