"""A hostile web process asks the signer for alerts: every wrong thing, each with the code that says why."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from devicelink.golden import world
from devicelink.jws import encode64
from devicelink.messages import Alert, Audience, Cancel, Where
from devicelink.refusals import Reason
from devicelink.vouching import Word
from fido2.webauthn import CollectedClientData
from signer import authenticator, keys
from signer.journal import lines
from signer.keys import Folders

from .officers import BAO, LAN, MAI, NOW, ORIGIN, THANH, Town

Ask = tuple[Alert | Cancel, tuple[Word, ...], str]
Case = tuple[str, Callable[[Town], Ask], str]
HASH, NO, UNKNOWN = Reason.WRONG_HASH, Reason.NOT_APPROVED, Reason.UNKNOWN_KEY
ALERT, CANCEL, DRILL = world.alert(), world.cancel(alert="al-other"), world.alert(status="exercise")
EVEN: dict[str, dict[str, Any]] = {
    "hours only": {"user": "51", "rights": ("hours",)},
    "taken back": {"user": "52", "void": True},
    "ended": {"user": "53", "valid_to": NOW},
    "not yet begun": {"user": "54", "valid_from": NOW + 1},
    "of a demonstration": {"user": "55", "demo": True},
    "of a hamlet": {"user": "56", "scope": world.HAMLET},
    "of the neighbour": {"user": "57", "scope": world.NEIGHBOUR},
}
CODES = [NO, Reason.KEY_NOT_VALID_NOW, Reason.KEY_NOT_VALID_NOW, Reason.KEY_NOT_VALID_NOW, UNKNOWN]
CODES += [Reason.OUTSIDE_SCOPE, Reason.OUTSIDE_SCOPE]
CHANGES: dict[str, Any] = {
    "audience": Audience(area=world.HAMLET),
    "id": "al-9",
    "status": "exercise",
    "event": "bao",
    "severity": "minor",
    "urgency": "past",
    "certainty": "unlikely",
    "risk": 5,
    "level": "centre",
    "siren": "",
    "repeat": 60_000,
    "keep": 60_000,
    "headline": "Sơ tán ngay",
    "issuer": "Khác",
    "source": "Khác",
    "targets": (world.target(where=Where(areas=(world.HAMLET,))),),
    "expires": NOW + world.DAY,
}
SOUNDS = {
    "another voice": world.target(voices=(msgspec.structs.replace(world.target().voices[0], sha256="0" * 64),)),
    "another prompt": world.target(prompts=("0" * 64,)),
    "no voice": world.target(voices=()),
    "one more prompt": world.target(prompts=(world.PROMPT, "0" * 64)),
}
OF_CANCEL: dict[str, Any] = {
    "audience": Audience(area=world.HAMLET),
    "id": "ca-9",
    "alert": "al-9",
    "kind": "cancel",
    "status": "test",
    "headline": "Hết",
    "targets": (world.target(),),
    "expires": NOW + world.DAY,
}
JUNK = ("", "AAAA", encode64(b"[]"), encode64(b"[" * 3000), "!")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Shared: what is refused changes nothing."""
    base: Path = tmp_path_factory.mktemp("misuse")
    folders = Folders(base / "root", base / "signer", base / "gateway")
    keys.init(folders, now=NOW - world.DAY)
    made = Town(folders)
    for facts in EVEN.values():
        made.keys[facts["user"]] = authenticator.make()
        made.admit(key=made.keys[facts["user"]], **facts)
    second = authenticator.make()
    made.keys["lan's second"] = second
    made.admit(LAN, second)
    made.keys["58"] = authenticator.Passkey(made.keys[LAN].private)
    made.admit("58", made.keys["58"])
    return made


def fields() -> list[Case]:
    """They vouched for something, it is changed before it is signed; by both, or by one of them."""
    found: list[Case] = []
    changed: list[tuple[str, Alert | Cancel, Alert | Cancel]] = [
        *((f"alert, {name}", ALERT, msgspec.structs.replace(ALERT, **{name: new})) for name, new in CHANGES.items()),
        *((f"alert, {name}", ALERT, msgspec.structs.replace(ALERT, targets=(new,))) for name, new in SOUNDS.items()),
        ("alert, update", ALERT, msgspec.structs.replace(ALERT, kind="update", references=("al-0",))),
        *(
            (f"cancel, {name}", CANCEL, msgspec.structs.replace(CANCEL, **{name: new}))
            for name, new in OF_CANCEL.items()
        ),
    ]
    for name, read, asked in changed:
        found.append((f"{name}: changed after both", partial(after_both, read, asked), HASH))
        found.append((f"{name}: changed after the author", partial(after_author, read, asked), HASH))
    return found


def after_both(read: Alert | Cancel, asked: Alert | Cancel, town: Town) -> Ask:
    """Both vouched for what they read."""
    return asked, town.both(read), ""


def after_author(read: Alert | Cancel, asked: Alert | Cancel, town: Town) -> Ask:
    """The confirmer vouches for what is asked for, the author vouched for something else."""
    return asked, (town.word(read), town.word(asked, THANH, "confirmer")), ""


def assertions() -> list[Case]:
    """What a passkey does not do, for either part and for a drill."""
    create = CollectedClientData.TYPE.CREATE
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("nobody was there", {"verified": False}, NO),
        ("a registration", {"kind": create}, NO),
        ("on another site", {"origin": "https://loa-laocai.example"}, Reason.WRONG_AUDIENCE),
        ("without TLS", {"origin": ORIGIN.replace("https", "http")}, Reason.WRONG_AUDIENCE),
        ("of another site", {"rp_id": "example"}, Reason.WRONG_AUDIENCE),
        ("by another key", {"key": authenticator.make()}, UNKNOWN),
        ("too old", {"at": NOW - world.HOUR}, Reason.EXPIRED),
        ("of the future", {"at": NOW + world.MINUTE + 1}, Reason.NOT_YET_VALID),
    ]
    touched: list[tuple[str, dict[str, str], str]] = [
        *((f"client data {junk[:5]!r}", {"client_data": junk}, Reason.MALFORMED) for junk in JUNK),
        *((f"authenticator {junk[:5]!r}", {"authenticator_data": junk}, Reason.MALFORMED) for junk in JUNK),
        ("no signature", {"signature": ""}, Reason.BAD_SIGNATURE),
        ("a short signature", {"signature": "AA"}, Reason.BAD_SIGNATURE),
        ("a signature that is none", {"signature": encode64(bytes(70))}, Reason.BAD_SIGNATURE),
        ("too large", {"client_data": "A" * 5000}, Reason.TOO_LARGE),
        ("a credential nobody has", {"credential": "AAAA"}, UNKNOWN),
    ]
    found: list[Case] = []
    for part in ("author", "confirmer", "drill"):
        found += [(f"{part}: {name}", partial(spoilt, part=part, how=how), code) for name, how, code in wrong]
        found += [(f"{part}: {name}", partial(spoilt, part=part, change=new), code) for name, new, code in touched]
    return found


def spoilt(town: Town, part: str, change: dict[str, str] | None = None, how: dict[str, Any] | None = None) -> Ask:
    """The word of this part is made, or touched, wrongly; the other one is good."""
    message = DRILL if part == "drill" else ALERT
    own = "confirmer" if part == "confirmer" else "author"
    word = town.word(message, THANH if own == "confirmer" else LAN, own, **(how or {}))
    if change:
        word = msgspec.structs.replace(word, assertion=msgspec.structs.replace(word.assertion, **change))
    if part == "drill":
        return message, (word,), ""
    other = town.word(message) if own == "confirmer" else town.word(message, THANH, "confirmer")
    return message, (word, other), ""


def people() -> list[Case]:
    """Who may not, in either part."""
    found: list[Case] = []
    for (name, facts), code in zip(EVEN.items(), CODES, strict=True):
        user = facts["user"]
        found.append((f"an author {name}", lambda town, u=user: (ALERT, town.both(ALERT, u, THANH), ""), code))  # type: ignore[misc]
        found.append((f"a confirmer {name}", lambda town, u=user: (ALERT, town.both(ALERT, LAN, u), ""), code))  # type: ignore[misc]
        found.append((f"a drill by one {name}", lambda town, u=user: (DRILL, (town.word(DRILL, u),), ""), code))  # type: ignore[misc]
    return found


def both_of(town: Town, *words: Word) -> Ask:
    return ALERT, words, ""


def relabelled(word: Word, **changes: Any) -> Word:
    return msgspec.structs.replace(word, **changes)


OTHERS: list[Case] = [
    ("no word", lambda town: (ALERT, (), ""), NO),
    ("one word", lambda town: both_of(town, town.word(ALERT)), NO),
    ("one word twice", lambda town: both_of(town, *[town.word(ALERT)] * 2), NO),
    ("two authors", lambda town: both_of(town, town.word(ALERT), town.word(ALERT, THANH)), NO),
    ("a confirmer alone", lambda town: both_of(town, town.word(ALERT, THANH, "confirmer")), NO),
    ("two confirmers", lambda town: both_of(town, *[town.word(ALERT, THANH, "confirmer")] * 2), NO),
    ("three words", lambda town: both_of(town, *town.both(ALERT), town.word(ALERT, BAO, "confirmer")), NO),
    ("the same person twice", lambda town: (ALERT, town.both(ALERT, LAN, LAN), ""), NO),
    (
        "the same person with two keys",
        lambda town: both_of(town, town.word(ALERT), town.word(ALERT, LAN, "confirmer", key=town.keys["lan's second"])),
        NO,
    ),
    ("two names of one key", lambda town: (ALERT, town.both(ALERT, LAN, "58"), ""), NO),
    ("the author's word as a second", lambda town: swapped(town, part="confirmer"), HASH),
    ("another's name under it", lambda town: renamed(town, user=THANH), UNKNOWN),
    ("nobody's name under it", lambda town: renamed(town, user=""), UNKNOWN),
    ("made younger", lambda town: renamed(town, at=NOW), HASH),
    ("the words of another alert", lambda town: (ALERT, town.both(world.alert(id="al-7")), ""), HASH),
    ("the words of a drill", lambda town: (ALERT, town.both(DRILL), ""), HASH),
    ("the words of a test", lambda town: (ALERT, town.both(world.alert(status="test")), ""), HASH),
    ("the words of a cancel", lambda town: (ALERT, town.both(CANCEL), ""), HASH),
    ("the words of an alert for a cancel", lambda town: (CANCEL, town.both(ALERT), ""), HASH),
    ("a drill's cancel for an actual one", lambda town: drill_cancel(town), NO),
    ("a document of a source", lambda town: (ALERT, (), "<alert/>"), NO),
    ("words and a document", lambda town: (ALERT, town.both(ALERT), "<alert/>"), NO),
    ("for the province", lambda town: wide(town, "vn.15"), Reason.OUTSIDE_SCOPE),
    ("for the country", lambda town: wide(town, "vn"), Reason.OUTSIDE_SCOPE),
    ("for the neighbour", lambda town: wide(town, world.NEIGHBOUR), Reason.OUTSIDE_SCOPE),
    ("by the neighbours", lambda town: (ALERT, town.both(ALERT, MAI, "57"), ""), Reason.OUTSIDE_SCOPE),
    ("as the province", lambda town: asked(town, world.alert(level="province")), Reason.WRONG_ROLE),
    ("as the centre", lambda town: asked(town, world.alert(level="centre")), Reason.WRONG_ROLE),
    ("issued an hour ago", lambda town: asked(town, world.alert(issued=NOW - world.HOUR)), Reason.EXPIRED),
    ("issued in an hour", lambda town: asked(town, world.alert(issued=NOW + world.HOUR)), Reason.NOT_YET_VALID),
    ("for two days", lambda town: asked(town, world.alert(expires=NOW + 2 * world.DAY)), Reason.LIMIT_EXCEEDED),
    ("every second", lambda town: asked(town, world.alert(repeat=1_000)), Reason.LIMIT_EXCEEDED),
    ("kept for an hour", lambda town: asked(town, world.alert(keep=world.HOUR)), Reason.LIMIT_EXCEEDED),
    ("for one device", lambda town: asked(town, world.alert(audience=Audience(device=world.DEVICE))), "malformed"),
    ("for nobody", lambda town: asked(town, world.alert(targets=())), Reason.MALFORMED),
    ("with a path as id", lambda town: asked(town, world.alert(id="../x")), Reason.MALFORMED),
    ("a headline without end", lambda town: asked(town, world.alert(headline="x" * 301)), Reason.LIMIT_EXCEEDED),
    ("larger than any", lambda town: asked(town, world.alert(targets=heavy())), Reason.TOO_LARGE),
]


def asked(town: Town, message: Alert) -> Ask:
    return message, town.both(message), ""


def wide(town: Town, area: str) -> Ask:
    return asked(town, world.alert(audience=Audience(area=area)))


def renamed(town: Town, **changes: Any) -> Ask:
    return both_of(town, relabelled(town.word(ALERT), **changes), town.word(ALERT, THANH, "confirmer"))


def swapped(town: Town, **changes: Any) -> Ask:
    """The author's own word again, called the confirmer's."""
    word = town.word(ALERT)
    return both_of(town, word, relabelled(word, **changes))


def drill_cancel(town: Town) -> Ask:
    cancel = world.cancel(alert="al-unknown", status="exercise")
    return cancel, (town.word(cancel),), ""


def heavy() -> tuple[Any, ...]:
    sounds = tuple(f"{number:064x}" for number in range(16))
    return tuple(world.target(id=f"t-{number}", prompts=sounds) for number in range(64))


CASES = [*fields(), *assertions(), *people(), *OTHERS]


@pytest.mark.parametrize(("make", "code"), [pytest.param(make, code, id=name) for name, make, code in CASES])
def test_nothing_is_signed(town: Town, make: Callable[[Town], Ask], code: str) -> None:
    message, words, cap = make(town)
    assert town.code(message, *words, cap=cap) == code


def test_nothing_of_it_is_in_the_journal_and_the_good_ones_are_signed(town: Town) -> None:
    town.restart()
    assert list(lines(town.folders.signer / "journal", months=1, always=())) == []
    assert town.said(ALERT) == ""
    assert town.said(CANCEL) == ""
    drill = msgspec.structs.replace(DRILL, id="al-drill")
    assert town.code(drill, town.word(drill)) == ""
    print(f"{len(CASES)} wrong requests for alerts at the signer")
    assert len(CASES) >= 160
