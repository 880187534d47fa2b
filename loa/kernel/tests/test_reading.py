"""What a page asks several times is read once: for that page, in its own thread, and never while something changes."""

import asyncio
import threading

import pytest

from loa.kernel.reading import once, only_reading


class Shelf:
    """Counts how often somebody looked; `holds` is what they find."""

    def __init__(self, holds: str = "") -> None:
        self.holds, self.looks = holds, 0

    def look(self) -> str:
        self.looks += 1
        return self.holds


def test_a_page_looks_once_for_each_thing() -> None:
    mine, yours = Shelf("mine"), Shelf("yours")
    with only_reading():
        told = [once(("shelf", 1), mine.look), once(("shelf", 2), yours.look), once(("shelf", 1), mine.look)]
    assert told == ["mine", "yours", "mine"]
    assert (mine.looks, yours.looks) == (1, 1)


def test_that_there_is_nothing_is_known_too() -> None:
    shelf = Shelf()
    with only_reading():
        assert [once("nothing", shelf.look), once("nothing", shelf.look)] == ["", ""]
    assert shelf.looks == 1


def test_whoever_changes_something_looks_every_time() -> None:
    shelf = Shelf("before")
    assert once("shelf", shelf.look) == "before"
    shelf.holds = "after"
    assert once("shelf", shelf.look) == "after"


def test_the_next_page_looks_again() -> None:
    shelf = Shelf("before")
    with only_reading():
        once("shelf", shelf.look)
    shelf.holds = "after"
    with only_reading():
        assert once("shelf", shelf.look) == "after"


def test_a_page_that_fails_leaves_nothing_behind() -> None:
    shelf = Shelf("before")

    def page() -> None:
        with only_reading():
            once("shelf", shelf.look)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        page()
    shelf.holds = "after"
    assert once("shelf", shelf.look) == "after"


def test_a_look_that_fails_is_not_remembered() -> None:
    shelf = Shelf("found")
    with only_reading():
        with pytest.raises(ZeroDivisionError):
            once("shelf", lambda: 1 // 0)
        assert once("shelf", shelf.look) == "found"


def test_two_threads_read_for_themselves() -> None:
    """One shows a page to Lan while the other, at the same moment, shows one to Mai."""
    both = threading.Barrier(2, timeout=10)
    told: dict[str, str] = {}

    def page(person: str) -> None:
        with only_reading():
            once("who", lambda: person)
            both.wait()
            told[person] = once("who", lambda: "nobody")

    threads = [threading.Thread(target=page, args=(name,)) for name in ("Lan", "Mai")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert told == {"Lan": "Lan", "Mai": "Mai"}


def test_a_thread_that_a_page_starts_has_none_of_what_it_read() -> None:
    found: list[str] = []
    with only_reading():
        once("who", lambda: "Lan")
        thread = threading.Thread(target=lambda: found.append(once("who", lambda: "read anew")))
        thread.start()
        thread.join(10)
    assert found == ["read anew"]


def test_two_pages_that_take_turns_on_one_thread_read_for_themselves() -> None:
    async def page(person: str) -> str:
        with only_reading():
            once("who", lambda: person)
            await asyncio.sleep(0)
            return once("who", lambda: "nobody")

    async def both() -> list[str]:
        return list(await asyncio.gather(page("Lan"), page("Mai")))

    assert asyncio.run(both()) == ["Lan", "Mai"]
