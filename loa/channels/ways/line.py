"""One line to a short message centre (SMPP 3.4), on smpplib, which is used unmodified: docs/adr/0050.

Addresses are judged like those of web pages: inside our own network only what the operator has named.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from smpplib import consts, exceptions
from smpplib.client import Client

from loa.channels.ways.base import ChannelDown
from loa.media.voices.fetch import is_public

MOST_PDU = 70_000
_WRONG_NAME = (consts.SMPP_ESME_RBINDFAIL, consts.SMPP_ESME_RINVPASWD, consts.SMPP_ESME_RINVSYSID)


@dataclass(frozen=True, slots=True)
class Account:
    """Where the centre is and who we are there. `local`: the operator lets us speak to our own network."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    tls: bool = False
    local: bool = False
    seconds: float = 10.0


class Line(Client):  # type: ignore[misc]  # the library has no types
    """A bound connection."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.host, account.port, timeout=account.seconds, allow_unknown_opt_params=True)
        self.account = account
        self.logger.setLevel("ERROR")  # it would write what is sent, and the password, at lower levels

    def connect(self) -> None:
        """Open the line to the very address that was judged. Raises ChannelDown."""
        account = self.account
        try:
            address = _address(account)
            opened = socket.create_connection(address, timeout=account.seconds)
            self._socket = _secured(opened, account) if account.tls else opened
        except OSError as error:
            raise ChannelDown("unreachable") from error
        self.state = consts.SMPP_CLIENT_STATE_OPEN

    def patience(self, seconds: float) -> None:
        """How long to wait for the next message of the other side."""
        self._socket.settimeout(seconds)

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 <= exact_size <= MOST_PDU:
            raise exceptions.ConnectionError
        return bytes(super()._recv_exact(exact_size))


def _secured(opened: socket.socket, account: Account) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(opened, server_hostname=account.host)
    except BaseException:
        opened.close()
        raise


def _address(account: Account) -> tuple[str, int]:
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(account.host, account.port, type=socket.SOCK_STREAM)]
    if not account.local and not all(is_public(ipaddress.ip_address(one.partition("%")[0])) for one in found):
        raise ChannelDown("forbidden")
    return found[0], account.port


@contextmanager
def bound(account: Account) -> Iterator[Line]:
    """A line that sends and receives; it says goodbye at the end. Raises ChannelDown."""
    line = Line(account)
    try:
        line.connect()
        _bind(line)
        yield line
        _say_goodbye(line)
    finally:
        line.state = consts.SMPP_CLIENT_STATE_OPEN
        line.disconnect()


def _bind(line: Line) -> None:
    account = line.account
    try:
        line.bind_transceiver(system_id=account.system_id, password=account.password, system_type=account.system_type)
    except exceptions.PDUError as refused:
        wrong = len(refused.args) > 1 and refused.args[1] in _WRONG_NAME
        raise ChannelDown("credentials" if wrong else "unreachable") from refused
    except (exceptions.ConnectionError, exceptions.UnknownCommandError, OSError) as error:
        raise ChannelDown("unreachable") from error


def _say_goodbye(line: Line) -> None:
    try:
        line.patience(2.0)
        line.unbind()
    except (exceptions.PDUError, exceptions.ConnectionError, exceptions.UnknownCommandError, OSError):
        return
