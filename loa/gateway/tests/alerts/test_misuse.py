"""What is not let through: each row a wrong request at the edge with its status and code.

The signer and the loudspeakers judge again by themselves; here nothing even reaches them.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import nacl.utils
import pytest
from devicelink.jws import encode64
from devicelink.limits import MAX_VOICE_BYTES
from devicelink.messages import Alert, Audience, Target, Voice, Where
from devicelink.vouching import Word
from devicelink.widening import Assertion

from loa.alerts.wishes import Confirmation, Decline, Said
from loa.gateway.tests.alerts.desk import (
    AUTHOR,
    CONFIRMER,
    HOUR_MS,
    LAN,
    THANH,
    Desk,
    alert,
    cancel,
    now_ms,
    wish,
    word,
)
from loa.gateway.tests.conftest import COMMUNE, NEIGHBOUR
from loa.kernel.clock import from_ms

Answer = tuple[int, dict[str, Any]]
Deed = Callable[[Desk], Answer]
MINUTE_MS = 60_000


def asserted(content: object) -> Assertion:
    """A passkey's answer with this as its client data."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Assertion(credential="AA", client_data=encode64(raw), authenticator_data="AA", signature="AA")


def proposed(message: Alert, **changes: Any) -> Deed:
    return lambda desk: desk.propose(message, **changes)


def raw(body: bytes, path: str = "/edge/alerts") -> Deed:
    return lambda desk: desk.ask("POST", path, body)


def worded(**changes: Any) -> Deed:
    """The author's word is not as it should be."""

    def deed(desk: Desk) -> Answer:
        flood = alert()
        return desk.propose(flood, word=msgspec.structs.replace(word(flood, "author", LAN), **changes))

    return deed


def ticketed(**ticket: Any) -> Deed:
    def deed(desk: Desk) -> Answer:
        flood = alert()
        return desk.ask("POST", "/edge/alerts", wish(flood), **ticket)

    return deed


def with_token(token: str) -> Deed:
    def deed(desk: Desk) -> Answer:
        status, _, answer = desk.gateway.request("POST", "/edge/alerts", token=token, body=b"{}")
        return status, json.loads(answer)

    return deed


def confirming(change: Callable[[Alert], Word], **ticket: Any) -> Deed:
    """A good wish waits; this word is to confirm it."""

    def deed(desk: Desk) -> Answer:
        flood = alert()
        assert desk.propose(flood)[0] == 200
        facts: dict[str, Any] = {"user": THANH, "may": CONFIRMER} | ticket
        return desk.ask("POST", f"/edge/alerts/{flood.id}/confirm", Confirmation(word=change(flood)), **facts)

    return deed


def good(flood: Alert) -> Word:
    return word(flood, "confirmer", THANH)


def voiced(*voices: Voice, files: dict[str, bytes] | None = None) -> Deed:
    def deed(desk: Desk) -> Answer:
        for name, sound in (files or {}).items():
            (desk.gateway.media / name).write_bytes(sound)
        return desk.propose(alert(targets=(Target(id="chung", voices=voices),)))

    return deed


def after_sent(deed: Callable[[Desk, Alert], Answer]) -> Deed:
    def run(desk: Desk) -> Answer:
        flood = alert()
        desk.send(flood)
        return deed(desk, flood)

    return run


def aged(minutes: int, deed: Callable[[Desk, Alert], Answer]) -> Deed:
    """So long after it was asked."""

    def run(desk: Desk) -> Answer:
        flood = alert()
        desk.propose(flood)

        def age() -> None:
            case = desk.gateway.hub.alerts.cases.get(flood.id)
            assert case is not None
            case.asked_at -= minutes * MINUTE_MS

        desk.gateway.do(age)
        return deed(desk, flood)

    return run


def many(count: int, *, users: bool) -> Deed:
    def run(desk: Desk) -> Answer:
        for number in range(count):
            user = 100 + number if users else LAN
            assert desk.propose(alert(), user=user)[0] == 200
        return desk.propose(alert(), user=99 if users else LAN)

    return run


def decline(desk: Desk, flood: Alert, reason: str = "nhầm", **ticket: Any) -> Answer:
    facts: dict[str, Any] = {"user": THANH, "may": CONFIRMER} | ticket
    return desk.ask("POST", f"/edge/alerts/{flood.id}/decline", Decline(reason=reason), **facts)


def waiting(deed: Callable[[Desk, Alert], Answer]) -> Deed:
    def run(desk: Desk) -> Answer:
        flood = alert()
        desk.propose(flood)
        return deed(desk, flood)

    return run


def other_content(flood: Alert) -> Word:
    """Confirmed was another text under the same id."""
    return word(msgspec.structs.replace(flood, headline="Nắng đẹp"), "confirmer", THANH)


def other_alert(flood: Alert) -> Word:
    return word(alert(), "confirmer", THANH)


FORGED = f"{encode64(b'{}')}.{encode64(nacl.utils.random(64))}"
LONG = "x" * 200_000
NAME = "ab" * 32
VOICE = Voice(sha256=NAME, size=3, duration=1_000)
BAD_CLIENT = {"type": "webauthn.get"}

EDGE: dict[str, tuple[Deed, int, str]] = {
    # tickets
    "no ticket": (with_token(""), 403, "ticket_malformed"),
    "a ticket that is none": (with_token("a.b"), 403, "ticket_malformed"),
    "a ticket cut off": (with_token("abcd"), 403, "ticket_malformed"),
    "a ticket signed by another": (with_token(FORGED), 403, "ticket_forged"),
    "an expired ticket": (ticketed(now=from_ms(1_000)), 403, "ticket_expired"),
    "may only look": (ticketed(may=("view", "alert.view")), 403, "denied"),
    "may only stop": (ticketed(may=("view", "hold.set")), 403, "denied"),
    "may only confirm": (ticketed(may=CONFIRMER), 403, "denied"),
    "a ticket of the commune beside": (ticketed(area=NEIGHBOUR), 404, "not_found"),
    "a ticket of a hamlet for the commune": (ticketed(area=f"{COMMUNE}.h5"), 404, "not_found"),
    # form
    "no JSON": (raw(b"{"), 422, "malformed"),
    "not UTF-8": (raw(b"\xff\xfe{}"), 422, "malformed"),
    "deeply nested": (raw(b"[" * 50_000), 422, "malformed"),
    "another shape": (raw(b'{"said":[],"word":1}'), 422, "malformed"),
    "too long": (raw(LONG.encode()), 413, "too_large"),
    "challenge too long": (raw(LONG.encode(), "/edge/alerts/challenge"), 413, "too_large"),
    "challenge for nothing": (raw(b'{"part":"author"}', "/edge/alerts/challenge"), 422, "wish_form"),
    "challenge for another part": (raw(b'{"part":"judge"}', "/edge/alerts/challenge"), 422, "malformed"),
    "an alert and a cancel": (
        lambda desk: desk.propose(one := alert(), cancel=cancel(one)), 422, "wish_form",
    ),
    "neither": (lambda desk: desk.propose(alert(), alert=None), 422, "wish_form"),
    "an id with a path": (proposed(alert(id="../../etc/x")), 422, "alert_id"),
    "an id too short": (proposed(alert(id="a")), 422, "alert_id"),
    "an id too long": (proposed(alert(id="a" * 65)), 422, "alert_id"),
    "issued by the page": (proposed(alert(issued=5)), 422, "wish_form"),
    "for a device": (proposed(alert(audience=Audience(device="spk-1"))), 422, "wish_form"),
    "for a group": (proposed(alert(audience=Audience(group="g"))), 422, "wish_form"),
    "for two at once": (proposed(alert(audience=Audience(device="spk-1", area=COMMUNE))), 422, "malformed"),
    "for no area that can be": (proposed(alert("vn..15")), 422, "wish_form"),
    "over at once": (proposed(alert(expires=1)), 422, "alert_life"),
    "never over": (proposed(alert(expires=25 * HOUR_MS)), 422, "limit_exceeded"),
    "for nobody": (proposed(alert(targets=())), 422, "no_target"),
    "two texts of one name": (proposed(alert(targets=(Target(id="a"), Target(id="a")))), 422, "malformed"),
    "too many texts": (
        proposed(alert(targets=tuple(Target(id=f"t{n}") for n in range(65)))), 422, "limit_exceeded",
    ),
    "larger than an alert may be": (
        proposed(alert(targets=tuple(Target(id=f"t{n}", where=Where(devices=("d" * 60,) * 30)) for n in range(60)))),
        422, "too_large",
    ),
    "a place outside": (proposed(alert(targets=(Target(id="a", where=Where(areas=(NEIGHBOUR,))),))), 422, "malformed"),
    "a headline of two lines": (proposed(alert(headline="a\nb")), 422, "malformed"),
    "no headline": (proposed(alert(headline=" ")), 422, "malformed"),
    "risk 9": (proposed(alert(risk=9)), 422, "malformed"),
    "repeated each second": (proposed(alert(repeat=1_000)), 422, "limit_exceeded"),
    "kept for an hour": (proposed(alert(keep=HOUR_MS)), 422, "limit_exceeded"),
    "an update of nothing": (proposed(alert(kind="update")), 422, "malformed"),
    "words for another text": (
        lambda desk: desk.propose(alert(), said=(Said(target="khac", language="vi", text="x"),)), 422, "said_form",
    ),
    # the author's word
    "in another's name": (worded(user="77"), 422, "word_other"),
    "as confirmer": (worded(part="confirmer"), 422, "word_other"),
    "an old word": (worded(at=now_ms() - 3 * HOUR_MS), 409, "word_stale"),
    "a word from the future": (worded(at=now_ms() + HOUR_MS), 409, "word_stale"),
    "no client data": (worded(assertion=asserted(b"")), 422, "word_form"),
    "client data that is no JSON": (worded(assertion=asserted(b"\x00\x01")), 422, "word_form"),
    "client data without challenge": (worded(assertion=asserted(BAD_CLIENT)), 422, "word_form"),
    "the making of a passkey": (
        worded(assertion=asserted({"type": "webauthn.create", "challenge": "AA"})), 422, "word_form",
    ),
    "another challenge": (worded(assertion=asserted(BAD_CLIENT | {"challenge": "AA"})), 422, "word_challenge"),
    "client data without end": (worded(assertion=asserted(b"x" * 9_000)), 422, "word_form"),
    "no base64": (
        worded(assertion=Assertion(credential="", client_data="%%", authenticator_data="", signature="")),
        422, "word_form",
    ),
    # voices
    "a voice that is not there": (voiced(VOICE), 422, "voice_missing"),
    "a voice of another content": (voiced(VOICE, files={NAME: b"abc"}), 422, "voice_wrong"),
    "a voice of another length": (
        voiced(
            Voice(sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", size=9, duration=1_000),
            files={"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad": b"abc"},
        ), 422, "voice_wrong",
    ),
    "a voice of 100 KB": (
        voiced(Voice(sha256="cd" * 32, size=99, duration=1_000), files={"cd" * 32: b"x" * (MAX_VOICE_BYTES + 9)}),
        422, "voice_too_large",
    ),
    "a voice that says that it is large": (
        voiced(Voice(sha256=NAME, size=MAX_VOICE_BYTES + 1, duration=1_000)), 422, "limit_exceeded",
    ),
    "a voice with a path for a name": (voiced(Voice(sha256="../x", size=3, duration=9)), 422, "malformed"),
    # confirming
    "the author confirms": (confirming(good, user=LAN), 403, "own_alert"),
    "the author confirms in another's name": (confirming(good, user=LAN, may=(*AUTHOR, *CONFIRMER)), 403, "own_alert"),
    "confirmed with another's word": (confirming(good, user=3), 422, "word_other"),
    "confirmed with the author's word": (confirming(lambda flood: word(flood, "author", THANH)), 422, "word_other"),
    "confirmed another text": (confirming(other_content), 422, "word_challenge"),
    "replayed from another alert": (confirming(other_alert), 422, "word_challenge"),
    "confirmed an hour ago": (
        confirming(lambda flood: word(flood, "confirmer", THANH, at=now_ms() - HOUR_MS)), 409, "word_stale",
    ),
    "confirmed without the right": (confirming(good, may=AUTHOR), 403, "denied"),
    "confirmed from beside": (confirming(good, area=NEIGHBOUR), 404, "not_found"),
    "confirmed from a hamlet": (confirming(good, area=f"{COMMUNE}.h5"), 404, "not_found"),
    "confirmed with an expired ticket": (confirming(good, now=from_ms(1_000)), 403, "ticket_expired"),
    "confirmed what never was": (lambda desk: desk.confirm(alert()), 404, "not_found"),
    "confirmed twice": (after_sent(lambda desk, flood: desk.confirm(flood)), 409, "alert_sent"),
    "confirmed by a third": (after_sent(lambda desk, flood: desk.confirm(flood, user=5)), 409, "alert_sent"),
    "confirmed too late": (aged(31, lambda desk, flood: desk.confirm(flood)), 409, "alert_lapsed"),
    # declining
    "declined by a stranger": (waiting(lambda desk, flood: decline(desk, flood, user=9, may=AUTHOR)), 403, "denied"),
    "declined by who may look": (
        waiting(lambda desk, flood: decline(desk, flood, may=("view", "alert.view"))), 403, "denied",
    ),
    "declined from beside": (waiting(lambda desk, flood: decline(desk, flood, area=NEIGHBOUR)), 404, "not_found"),
    "declined without a reason": (waiting(lambda desk, flood: decline(desk, flood, reason=" \x00")), 422, "reason"),
    "declined at length": (waiting(lambda desk, flood: decline(desk, flood, reason="x" * 500)), 422, "reason"),
    "declined what was sent": (after_sent(decline), 409, "alert_sent"),
    # ends
    "ended before it was sent": (waiting(lambda desk, flood: desk.propose(cancel(flood))), 409, "alert_not_sent"),
    "ended as an exercise": (
        after_sent(lambda desk, flood: desk.propose(cancel(flood, status="exercise"))), 422, "cancel_status",
    ),
    "ended for a part": (
        after_sent(lambda desk, flood: desk.propose(cancel(flood, audience=Audience(area=f"{COMMUNE}.h5")))),
        422, "cancel_area",
    ),
    "ended twice": (
        after_sent(lambda desk, flood: (desk.send(cancel(flood)), desk.propose(cancel(flood)))[1]), 409, "alert_ended",
    ),
    # others
    "the same id for something else": (
        waiting(lambda desk, flood: desk.propose(alert(id=flood.id, headline="khác"))), 409, "alert_exists",
    ),
    "another's wish under the same id": (
        waiting(lambda desk, flood: desk.propose(flood, user=8)), 409, "alert_exists",
    ),
    "too many of one person": (many(4, users=False), 409, "too_many_waiting"),
    "too many in one place": (many(12, users=True), 409, "too_many_waiting"),
    "read from beside": (
        waiting(lambda desk, flood: desk.ask("GET", f"/edge/alerts/{flood.id}", area=NEIGHBOUR)), 404, "not_found",
    ),
    "read with a ticket for looking at loudspeakers": (
        waiting(lambda desk, flood: desk.ask("GET", f"/edge/alerts/{flood.id}", may=("view",))), 403, "denied",
    ),
    "board from beside": (
        after_sent(lambda desk, flood: desk.ask("GET", f"/edge/alerts/{flood.id}/board", area=NEIGHBOUR)),
        404, "not_found",
    ),
    "board of nothing": (lambda desk: desk.ask("GET", "/edge/alerts/%2e%2e/board"), 404, "not_found"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDGE)
def test_wrong_request_is_refused_with_its_code_and_nothing_is_signed(desk: Desk, name: str) -> None:
    deed, status, code = EDGE[name]
    before = len(desk.gateway.platform.signed)
    told = deed(desk)
    assert (told[0], told[1]["code"]) == (status, code), told
    assert told[1]["detail"]
    sent = [case for case in desk.gateway.hub.alerts.cases if case.state == "sent"]
    assert len(desk.gateway.platform.signed) - before == len(sent), "nothing but what was sent before"


def test_there_are_enough_of_them() -> None:
    assert len(EDGE) >= 60


def test_who_is_too_quick_has_to_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    codes = {desk.ask("POST", "/edge/alerts", b"{", user=4_242)[1]["code"] for _ in range(25)}
    assert codes == {"malformed", "too_often"}
