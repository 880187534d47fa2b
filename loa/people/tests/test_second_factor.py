"""Somebody has the password of Lan and a thousand addresses; the six digits are still in the way."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from loa.people.models import User
from loa.people.tests.test_coming_in import code_of, is_in, sign_in, turn_on_app
from tests.cast import PASSWORD, Cast

TRIES = 10


@pytest.fixture
def secret(cast: Cast) -> str:
    """What Lan's authenticator app holds."""
    cache.clear()
    cast.lan.set_password(PASSWORD)
    cast.lan.save()
    client = Client()
    sign_in(client, "lan")
    return turn_on_app(client)


def answer(address: str, code: str, username: str = "lan") -> bool:
    """The password from this address, then the code; whether that opens the account."""
    client = Client()
    sign_in(client, username, address=address)
    client.post(reverse("mfa_authenticate"), {"code": code}, REMOTE_ADDR=address)
    return is_in(client)


def wrong(secret: str) -> str:
    """Digits that no clock makes right now."""
    right = {code_of(secret, shift) for shift in range(-3, 4)}
    return next(code for code in ("000000", *(str(n) * 6 for n in range(1, 10))) if code not in right)


def test_codes_guessed_from_ever_new_addresses_are_slowed_by_account(secret: str) -> None:
    for number in range(TRIES):
        assert not answer(f"198.51.100.{number}", wrong(secret))
    assert not answer("203.0.113.9", code_of(secret, 1)), "the right one, too late"


def test_mistyping_now_and_then_costs_nothing(secret: str) -> None:
    for number in range(TRIES - 1):
        assert not answer(f"198.51.100.{number}", wrong(secret))
    assert answer("203.0.113.9", code_of(secret, 1))


def test_others_come_in_meanwhile(cast: Cast, secret: str) -> None:
    for number in range(TRIES + 2):
        answer(f"198.51.100.{number}", wrong(secret))
    thanh: User = cast.thanh
    thanh.set_password(PASSWORD)
    thanh.save()
    client = Client()
    sign_in(client, "thanh")
    assert is_in(client)
