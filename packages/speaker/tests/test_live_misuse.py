"""What is forged, replayed, too early, too late or for somebody else makes no sound, each with its code."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nacl.bindings
import pytest
import speaker_village as village
from devicelink import jws
from devicelink.batches import CONTEXT, SIGNATURE, pack
from devicelink.messages import Audience, Circle, Hours, HoursExtension, Point, Session, Where
from speaker.agent import Agent
from speaker_home import awake, enrolled, settled
from speaker_platform import Platform, now_ms, ready
from speaker_village import HOUR, MINUTE, signed
from speaker_voice import Voice

ELSEWHERE = "vn.15.04379"
Made = Callable[[Voice], bytes]


def changed(**changes: Any) -> Made:
    """A certificate that says something else."""
    return lambda voice: Voice(voice.start, fields=changes).certificate().encode()


def by(kid: str | None = None, key: str = "", **changes: Any) -> Made:
    """Signed by another, or in the name of another."""

    def make(voice: Voice) -> bytes:
        return signed(Voice(voice.start, fields=changes).session, kid, by=key).encode()

    return make


def around(**offsets: int) -> Made:
    """Instants relative to now."""
    return lambda voice: changed(**{name: now_ms() + offset for name, offset in offsets.items()})(voice)


def renamed(typ: str, kid: str = "live-1", version: int = 1) -> Made:
    """The content of a session under another type or version."""

    def make(voice: Voice) -> bytes:
        content = jws.decode64(voice.certificate().split(".")[1])
        return jws.sign(content, typ=typ, kid=kid, version=version, seed=village.seed(kid)).encode()

    return make


def mangled(change: Callable[[str], str]) -> Made:
    return lambda voice: change(voice.certificate()).encode()


def without(name: str) -> Made:
    """A field is missing."""

    def make(voice: Voice) -> bytes:
        import msgspec

        fields = msgspec.to_builtins(voice.session)
        del fields[name]
        return jws.sign(
            msgspec.json.encode(fields), typ="session", kid="live-1", version=1, seed=village.seed("live-1")
        ).encode()

    return make


CERTIFICATES: dict[str, tuple[Made, str]] = {
    "by a plan key": (by("plan-1"), "wrong_role"),
    "by a command key": (by("command-1"), "wrong_role"),
    "by an alert key": (by("alert-1"), "wrong_role"),
    "by a stop key": (by("stop-1"), "wrong_role"),
    "by a time key": (by("time-1"), "wrong_role"),
    "by a placement key": (by("placement-1"), "wrong_role"),
    "by a firmware key": (by("firmware-1"), "wrong_role"),
    "in the name of live by another": (by("live-1", "plan-1"), "bad_signature"),
    "by nobody we know": (by("live-9", "live-1"), "unknown_key"),
    "in the name of the root": (by("root", "live-1"), "unknown_key"),
    "another type": (renamed("sessions"), "unknown_type"),
    "as a keyset": (renamed("keyset"), "unknown_type"),
    "as an alert": (renamed("alert"), "*"),
    "as a command": (renamed("command"), "wrong_role"),
    "another version": (renamed("session", version=2), "unknown_version"),
    "version nought": (renamed("session", version=0), "unknown_version"),
    "cut off": (mangled(lambda token: token[:-10]), "malformed"),
    "two parts": (mangled(lambda token: token.rsplit(".", 1)[0]), "malformed"),
    "padded": (mangled(lambda token: token + "="), "malformed"),
    "another letter": (mangled(lambda token: token[:150] + ("A" if token[150] != "A" else "B") + token[151:]), "*"),
    "no id": (without("id"), "malformed"),
    "no key": (without("public"), "malformed"),
    "no end": (without("end"), "malformed"),
    "id too short": (changed(id="abcd"), "malformed"),
    "id not hex": (changed(id="z" * 32), "malformed"),
    "id in capitals": (changed(id="A" * 32), "malformed"),
    "key too short": (changed(public="AAAA"), "malformed"),
    "key not base64": (changed(public="???"), "malformed"),
    "ends before it begins": (around(start=5_000, end=4_000), "malformed"),
    "longer than four hours": (around(start=0, end=5 * HOUR, expires=6 * HOUR), "limit_exceeded"),
    "lives longer than a day": (around(expires=25 * HOUR), "limit_exceeded"),
    "over": (around(issued=-HOUR, start=-HOUR, end=-MINUTE, expires=MINUTE), "expired"),
    "expired": (around(issued=-HOUR, start=-HOUR, end=-2 * MINUTE, expires=-MINUTE), "expired"),
    "issued tomorrow": (around(issued=HOUR, expires=2 * HOUR), "not_yet_valid"),
    "no buffer": (changed(buffer=0), "limit_exceeded"),
    "negative buffer": (changed(buffer=-1_000), "limit_exceeded"),
    "two audiences": (changed(audience=Audience(area=village.COMMUNE, device=village.DEVICE)), "malformed"),
    "no audience": (changed(audience=Audience()), "malformed"),
    # about those of others nothing is said
    "another commune": (changed(audience=Audience(area=ELSEWHERE)), ""),
    "another device": (changed(audience=Audience(device="spk-other")), ""),
    "another group": (changed(audience=Audience(group="nowhere")), ""),
    "places of others": (changed(where=Where(areas=(village.COMMUNE + ".h9",))), ""),
    "devices of others": (changed(where=Where(devices=("spk-other",))), ""),
    "a circle elsewhere": (
        changed(where=Where(circles=(Circle(centre=Point(latitude=10.0, longitude=106.0), radius=500),))),
        "",
    ),
}


def forged(voice: Voice, number: int) -> bytes:
    """By somebody else's key."""
    return pack(voice.batch(number), nacl.bindings.crypto_sign_seed_keypair(secrets.token_bytes(32))[1])


def flipped(payload: bytes, at: int) -> bytes:
    return payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1 :]


def other_context(voice: Voice) -> bytes:
    """Signed with the right key, but as something else than live sound."""
    content = voice.packed(5)[:-SIGNATURE]
    other = b"loa-else-1" if CONTEXT != b"loa-else-1" else b""
    return content + nacl.bindings.crypto_sign(other + content, voice.secret)[:SIGNATURE]


def us(milliseconds: int) -> int:
    return (now_ms() + milliseconds) * 1_000


BATCHES: dict[str, tuple[Made, str]] = {
    "another key": (lambda voice: forged(voice, 5), "bad_signature"),
    "another context": (other_context, "bad_signature"),
    "a bit of the number": (lambda voice: flipped(voice.packed(5), 24), "bad_signature"),
    "a bit of the time": (lambda voice: flipped(voice.packed(5), 30), "bad_signature"),
    "a bit of the sound": (lambda voice: flipped(voice.packed(5), 80), "bad_signature"),
    "a bit of the signature": (lambda voice: flipped(voice.packed(5), -3), "bad_signature"),
    "cut off": (lambda voice: voice.packed(5)[:-1], "bad_signature"),
    "longer": (lambda voice: voice.packed(5) + b"x", "bad_signature"),
    "head only": (lambda voice: voice.packed(5)[:40], "malformed"),
    "bare head": (lambda voice: voice.packed(5)[:5], "unknown_key"),
    "too large": (lambda voice: voice.packed(5) + bytes(20_000), "too_large"),
    "no packet": (lambda voice: voice.packed(5, packets=()), "malformed"),
    "eleven packets": (lambda voice: voice.packed(5, packets=(b"abc",) * 11), "malformed"),
    "eleven before": (lambda voice: voice.packed(5, before=(b"abc",) * 11), "malformed"),
    "a packet of 500 bytes": (lambda voice: voice.packed(5, packets=(bytes(500),)), "malformed"),
    "an unknown session": (lambda voice: voice.packed(5, session="ab" * 16), "unknown_key"),
    "a session of others": (lambda _voice: Voice(now_ms()).packed(0), "unknown_key"),
    "captured in the future": (lambda voice: voice.packed(5, captured=us(MINUTE)), "not_yet_valid"),
    "captured soon": (lambda voice: voice.packed(5, captured=us(5_000)), "not_yet_valid"),
    "captured before it began": (lambda voice: voice.packed(5, captured=(voice.start - 300) * 1_000), "not_yet_valid"),
    "captured after its end": (lambda voice: voice.packed(5, captured=(voice.session.end + 1) * 1_000), "expired"),
    "captured at nought": (lambda voice: voice.packed(5, captured=0), "not_yet_valid"),
    "captured before time": (lambda voice: voice.packed(5, captured=-(1 << 62)), "not_yet_valid"),
    "captured at the end of time": (lambda voice: voice.packed(5, captured=(1 << 63) - 1), "expired"),
    "its time is over": (lambda voice: voice.packed(5, captured=us(-1_300)), "expired"),
}


def code_of(agent: Agent, before: dict[str, int]) -> str:
    """Which counter rose."""
    return next((code for code, count in agent.live.refusals.items() if count > before.get(code, 0)), "")


def told(agent: Agent, payload: bytes) -> str:
    """What the loudspeaker answers; "" = nothing."""
    count = len(agent.outbox._said)
    agent.conversation.hear(payload)
    said = list(agent.outbox._said)[count:]
    return getattr(said[0], "code", "") if said else ""


def silent(agent: Agent) -> bool:
    agent.live.round()
    return agent.live.playing == "" and agent.live.mouth._stand is None and agent.floor.taken() == ()


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bool]]:
    """Every case on one agent: name -> (code, silent)."""
    found: dict[str, tuple[str, bool]] = {}

    async def all_of_them(folder: Path) -> None:
        with Platform() as platform:
            ready(platform)
            async with awake(enrolled(platform, folder)) as agent:
                await settled(agent)
                for name, (make, _) in CERTIFICATES.items():
                    code = told(agent, make(Voice(now_ms())))
                    found[f"certificate: {name}"] = (code, silent(agent) and not agent.live._sittings)
                for name, (make, _) in BATCHES.items():
                    voice = Voice(now_ms() - 2_000)
                    assert told(agent, voice.certificate().encode()) == "ok", name
                    before = dict(agent.live.refusals)
                    assert told(agent, make(voice)) == ""  # no batch is ever answered
                    found[f"batch: {name}"] = (code_of(agent, before), True)
                    agent.live._sittings.clear()
                    assert silent(agent), name

    asyncio.run(all_of_them(tmp_path_factory.mktemp("misuse")))
    return found


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_that_is_none_makes_no_sound(stories: dict[str, tuple[str, bool]], name: str) -> None:
    code, quiet = stories[f"certificate: {name}"]
    wanted = CERTIFICATES[name][1]
    assert quiet
    assert code == wanted or (wanted == "*" and code not in ("", "ok"))


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_that_is_none_makes_no_sound(stories: dict[str, tuple[str, bool]], name: str) -> None:
    assert stories[f"batch: {name}"] == (BATCHES[name][1], True)


def on_agent(folder: Path, story: Callable[[Agent, Platform], None], **placed: Any) -> None:
    """Something that takes no time, on one agent."""

    async def all_of_it() -> None:
        with Platform() as platform:
            ready(platform, **placed)
            async with awake(enrolled(platform, folder)) as agent:
                await settled(agent)
                story(agent, platform)

    asyncio.run(all_of_it())


def test_a_batch_counts_once_and_never_backwards(tmp_path: Path) -> None:
    def story(agent: Agent, _platform: Platform) -> None:
        voice = Voice(now_ms() - 1_000)
        told(agent, voice.certificate().encode())
        for number in (2, 2, 1, 0, 2):
            told(agent, voice.packed(number))
        told(agent, voice.packed(3, captured=voice.batch(2).captured))  # a new number for old sound
        told(agent, voice.packed(4, captured=voice.batch(0).captured))
        assert agent.live.refusals == {"duplicate": 6}
        sitting = agent.live.sitting(voice.id)
        assert sitting is not None
        assert sitting.stand.track.came == 20  # its own ten, and the ten before, which is all that there was

    on_agent(tmp_path, story)


def test_batches_of_one_session_do_not_fit_another(tmp_path: Path) -> None:
    def story(agent: Agent, _platform: Platform) -> None:
        one, other = Voice(now_ms() - 500), Voice(now_ms() - 500)
        told(agent, one.certificate().encode())
        told(agent, other.certificate().encode())
        told(agent, pack(one.batch(0), other.secret))
        told(agent, one.packed(0, session=other.id))
        assert agent.live.refusals == {"bad_signature": 2}

    on_agent(tmp_path, story)


def test_an_ended_session_is_over_also_when_its_end_comes_first(tmp_path: Path) -> None:
    def story(agent: Agent, _platform: Platform) -> None:
        voice = Voice(now_ms() - 5_000)
        assert told(agent, voice.ending(voice.start + 1).encode()) == "ok"
        told(agent, voice.certificate().encode())
        assert silent(agent)
        assert agent.live.sitting(voice.id) is None
        told(agent, voice.packed(24))
        assert agent.live.refusals == {"unknown_key": 1}
        assert told(agent, voice.certificate().encode()) == "ok"  # acknowledged again, not done again
        assert agent.live.sitting(voice.id) is None

    on_agent(tmp_path, story)


@pytest.mark.parametrize("forged_by", ["plan-1", "command-1", "alert-1"])
def test_who_may_not_begin_may_not_end(tmp_path: Path, forged_by: str) -> None:
    def story(agent: Agent, _platform: Platform) -> None:
        voice = Voice(now_ms() - 500)
        told(agent, voice.certificate().encode())
        content = jws.decode64(voice.ending(0).split(".")[1])
        token = jws.sign(content, typ="session-end", kid=forged_by, version=1, seed=village.seed(forged_by))
        assert told(agent, token.encode()) == "wrong_role"
        assert agent.live.sitting(voice.id) is not None

    on_agent(tmp_path, story)


NIGHT = Hours(windows=())


def test_a_night_refuses_with_its_code_and_nothing_sounds(tmp_path: Path) -> None:
    def story(agent: Agent, _platform: Platform) -> None:
        voice = Voice(now_ms() - 500)
        assert told(agent, voice.certificate().encode()) == "outside_hours"
        told(agent, voice.packed(0))
        assert silent(agent)
        unnamed = Voice(now_ms() - 500, fields={"alert": "a-unknown"})
        assert told(agent, unnamed.certificate().encode()) == "outside_hours"  # no such alert is active here

    on_agent(tmp_path, story, hours=NIGHT)


def test_a_day_off_and_a_hold_silence_a_voice(tmp_path: Path) -> None:
    closed = Hours(
        windows=village.ALL_DAY.windows, closures=(HoursExtension(start=now_ms() - HOUR, end=now_ms() + HOUR),)
    )

    def day_off(agent: Agent, _platform: Platform) -> None:
        voice = Voice(now_ms() - 500)
        assert told(agent, voice.certificate().encode()) == "outside_hours"
        told(agent, voice.packed(0))
        assert silent(agent)

    def held(agent: Agent, _platform: Platform) -> None:
        agent.conversation.hear(signed(village.hold(now_ms(), now_ms() + HOUR)).encode())
        voice = Voice(now_ms() - 500)
        assert told(agent, voice.certificate().encode()) == "held"
        told(agent, voice.packed(0))
        assert silent(agent)

    on_agent(tmp_path / "one", day_off, hours=closed)
    on_agent(tmp_path / "two", held)


def test_a_sound_certificate_of_the_same_shape_is_taken(tmp_path: Path) -> None:
    """Or the table above would prove nothing."""

    def story(agent: Agent, _platform: Platform) -> None:
        for fields in ({}, {"where": Where(devices=(village.DEVICE,))}, {"where": Where(areas=(village.HAMLET,))}):
            voice = Voice(now_ms() - 1_000, fields=fields)
            assert told(agent, voice.certificate().encode()) == "ok"
            told(agent, voice.packed(5))
            sitting = agent.live.sitting(voice.id)
            assert sitting is not None
            assert sitting.seen.number == 5
        assert agent.live.refusals == {}
        assert isinstance(voice.session, Session)

    on_agent(tmp_path, story)
