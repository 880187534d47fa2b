"""Is it there, and does it answer? Short questions to children; none of them raises."""

import http.client
import json
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import psycopg

TIMEOUT_S = 2.0
MOST_BYTES = 65_536


def http_status(host: str, port: int, path: str, *, tls: bool = False, name: str = "") -> int:
    """Status of a GET; 0 when nobody answers. `name` is the Host header when it differs from `host`.

    With TLS our own certificate is not checked: the question goes to a port of this machine that we chose.
    """
    return _get(host, port, path, tls, name)[0]


def http_facts(host: str, port: int, path: str, *, tls: bool = False) -> dict[str, Any]:
    """The object that a GET brings, whatever its status; empty when nobody answers, or something else."""
    try:
        found = json.loads(_get(host, port, path, tls, "")[1])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _get(host: str, port: int, path: str, tls: bool, name: str) -> tuple[int, bytes]:
    connection: http.client.HTTPConnection
    if tls:
        context = ssl._create_unverified_context()  # noqa: S323
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path, headers={"Host": name} if name else {})
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def tcp_answers(host: str, port: int) -> bool:
    """Whether a connection is accepted."""
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT_S):
            return True
    except OSError:
        return False


def socket_answers(path: Path) -> bool:
    """Whether a connection to a Unix socket is accepted."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(TIMEOUT_S)
            client.connect(str(path))
            return True
    except OSError:
        return False


def database_error(url: str) -> str:
    """Empty when the database answers a query, else the driver's words."""
    try:
        with psycopg.connect(url, connect_timeout=int(TIMEOUT_S)) as connection:
            connection.execute("select 1")
    except (psycopg.Error, OSError) as error:
        return str(error).strip() or type(error).__name__
    return ""


def age(file: Path) -> float:
    """Seconds since the file was touched; 0 before it first is, so that a slow start is not taken for a standstill."""
    try:
        return time.time() - file.stat().st_mtime
    except OSError:
        return 0.0
