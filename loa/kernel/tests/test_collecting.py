"""The search for circles rests while a comparison is made, and goes on behind it whatever happened in it."""

import gc
from collections.abc import Iterator

import pytest

from loa.kernel.collecting import paused


@pytest.fixture(autouse=True)
def searching() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_on else gc.disable)()


def test_the_last_of_two_that_overlap_lets_it_go_on() -> None:
    first, second = paused(), paused()
    first.__enter__()
    second.__enter__()
    assert not gc.isenabled()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_an_error_lets_it_go_on_too() -> None:
    with pytest.raises(ZeroDivisionError), paused():
        print(1 // 0)
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off() -> None:
    gc.disable()
    with paused():
        pass
    assert not gc.isenabled()
