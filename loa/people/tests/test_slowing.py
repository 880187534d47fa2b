"""Guessing passwords slows the place it comes from; no approver can be kept out from outside."""

from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from loa.people.tests.test_coming_in import is_in, sign_in
from tests.cast import PASSWORD, Cast

LOGIN = "/tai-khoan/dang-nhap/"


@pytest.fixture(autouse=True)
def thanh_has_a_password(cast: Cast, settings: Settings) -> None:
    """The approver. Only the count in the database is tried here."""
    cast.thanh.set_password(PASSWORD)
    cast.thanh.save()
    settings.ACCOUNT_RATE_LIMITS = False


def guess(address: str, forwarded: str = "", password: str = "đoán") -> Client:
    """One try; the browser afterwards."""
    client = Client()
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    client.post(LOGIN, {"login": "thanh", "password": password}, REMOTE_ADDR=address, headers=headers)
    return client


def let_in(address: str, forwarded: str = "") -> bool:
    return is_in(guess(address, forwarded, PASSWORD))


def test_two_hundred_addresses_guess_and_thanh_comes_in_at_once() -> None:
    for number in range(200):
        guess(f"198.51.{number % 100}.{number}")
    assert let_in("10.0.0.7")


def test_an_address_is_slowed_whatever_it_says_about_itself() -> None:
    for number in range(25):
        guess("203.0.113.9", forwarded=f"198.51.100.{number}")
    assert not let_in("203.0.113.9", forwarded="198.51.100.200")
    assert let_in("10.0.0.7")


def test_behind_our_proxy_the_visitor_is_slowed_and_not_the_proxy(settings: Settings) -> None:
    settings.ENV = replace(django_settings.ENV, behind_proxy=True, trusted_proxies=("127.0.0.1",))
    for number in range(25):
        guess("127.0.0.1", forwarded=f"198.51.100.{number}, 203.0.113.9")
    assert not let_in("127.0.0.1", forwarded="10.0.0.7, 203.0.113.9")
    assert let_in("127.0.0.1", forwarded="203.0.113.9, 10.0.0.7")


def test_a_subscriber_of_ipv6_does_not_escape_by_changing_the_address() -> None:
    for number in range(25):
        guess(f"2001:db8:1:2::{number:x}")
    assert not let_in("2001:db8:1:2:ffff::1")
    assert let_in("2001:db8:1:3::1")


def test_the_slowed_address_is_free_again_after_its_time(settings: Settings) -> None:
    from datetime import timedelta

    for _ in range(25):
        guess("203.0.113.9")
    assert not let_in("203.0.113.9")
    settings.AXES_COOLOFF_TIME = timedelta(microseconds=1)
    assert let_in("203.0.113.9")
    assert sign_in(Client(), "thanh", address="203.0.113.9") == 302
