"""Whatever a hostile engine, server, insider or thief sends: refused with its code, and nothing is heard."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
import speaker_village as village
from devicelink import jws
from devicelink.golden import world
from devicelink.limits import MAX_VOICE_BYTES
from devicelink.messages import Alert, Audience, Cancel, Circle, Key, Message, Point, Polygon, Target, Where
from devicelink.voices import HEAD, pack
from speaker.agent import Agent, Parts
from speaker.config import Config
from speaker.disk import RealDisk
from speaker.faults import SimulatedTicks
from speaker.feeder import Feeder
from speaker.sinks.null import NullSink
from speaker.sinks.pump import Pump
from speaker.store import Store
from speaker_alerts import WARNING, alert, cancel, target, voice
from speaker_platform import now_ms
from speaker_village import DAY, HOUR, MINUTE, YEAR, Sound, signed

FOREIGN = ("plan-1", "command-1", "stop-1", "time-1", "live-1", "placement-1", "firmware-1")
ELSEWHERE = ("vn.15.04387", "vn.16", "vn.15.04378.h4", "vn.15.0437", "vn.15.043780", "vn.15.04378.h5.x", "x")
FAR = Point(latitude=10.0, longitude=106.0)
RING = (FAR, Point(latitude=10.1, longitude=106.0), Point(latitude=10.1, longitude=106.1), FAR)
Make = Callable[[int], str | bytes]


def both(now: int, **changes: Any) -> tuple[Alert, Cancel]:
    return alert(now, "al-x", **changes), cancel(now, "al-x", **changes)


def case(name: str, code: str, make: Make) -> Any:
    return pytest.param(make, code, id=name)


def signed_by_others() -> Iterator[Any]:
    for number, kind in enumerate(("alert", "cancel")):
        for name in (*FOREIGN, "nobody"):
            yield case(
                f"forged-{kind}-by-{name}", "bad_signature",
                lambda now, number=number, name=name: signed(both(now)[number], "alert-1", by=name),
            )  # fmt: skip
        for name in FOREIGN:
            yield case(
                f"wrong-role-{kind}-{name}", "wrong_role",
                lambda now, number=number, name=name: signed(both(now)[number], name),
            )  # fmt: skip
        for name, code in (
            ("alert-9", "unknown_key"), ("root", "unknown_key"), ("alert-over", "key_not_valid_now"),
            ("alert-early", "key_not_valid_now"), ("alert-neighbour", "outside_scope"),
        ):  # fmt: skip
            yield case(
                f"wrong-key-{kind}-{name}", code,
                lambda now, number=number, name=name: signed(both(now)[number], name),
            )  # fmt: skip


def exchanged() -> Iterator[Any]:
    """The signature of one message under the content of another."""
    for name, changes in (
        ("severity", {"severity": "extreme"}),
        ("siren", {"siren": "fire"}),
        ("voice", {"targets": (target(Sound("giả", 1)),)}),
        ("audience", {"audience": Audience(area="vn")}),
        ("status", {"status": "actual"}),
        ("life", {"expires": 4_000_000_000_000}),
        ("repeat", {"repeat": MINUTE}),
        ("headline", {"headline": "Chạy ngay"}),
    ):
        yield case(f"forged-{name}-exchanged", "bad_signature", lambda now, changes=changes: spliced(now, changes))


def spliced(now: int, changes: dict[str, Any]) -> str:
    head, _, seal = signed(alert(now, "al-x", status="exercise")).split(".")
    return ".".join((head, jws.encode64(msgspec.json.encode(alert(now, "al-x", **changes))), seal))


def elsewhere() -> Iterator[Any]:
    for area in ELSEWHERE:
        for number, kind in enumerate(("alert", "cancel")):
            yield case(
                f"wrong-area-{kind}-{area}", "outside_scope" if area == "x" else "wrong_audience",
                lambda now, number=number, area=area: signed(both(now, audience=Audience(area=area))[number]),
            )  # fmt: skip
    for name, where in (
        ("device", Where(devices=("spk-quymong-01",))),
        ("group", Where(groups=("g-other",))),
        ("hamlet", Where(areas=("vn.15.04378.h4",))),
        ("circle", Where(circles=(Circle(centre=FAR, radius=1_000),))),
        ("polygon", Where(polygons=(Polygon(ring=RING),))),
    ):
        yield case(
            f"wrong-area-target-{name}", "wrong_audience",
            lambda now, where=where: signed(alert(now, "al-x", targets=(target(WARNING, where=where),))),
        )  # fmt: skip
    for name, whom in (
        ("device", Audience(device=village.DEVICE)),
        ("group", Audience(group=world.GROUPS[0])),
        ("plan-set", Audience(plan_set=village.PLAN_SET)),
        ("nobody", Audience()),
        ("two", Audience(area=village.COMMUNE, device=village.DEVICE)),
    ):
        yield case(
            f"wrong-audience-{name}", "malformed", lambda now, whom=whom: signed(alert(now, "al-x", audience=whom))
        )


def untimely() -> Iterator[Any]:
    for name, code, issued, expires in (
        ("just-over", "expired", -HOUR, -1),
        ("yesterday", "expired", -DAY, -DAY + HOUR),
        ("last-year", "expired", -YEAR, -YEAR + HOUR),
        ("tomorrow", "not_yet_valid", DAY, DAY + HOUR),
        ("in-two-minutes", "not_yet_valid", 2 * MINUTE, HOUR),
        ("for-ever", "limit_exceeded", 0, DAY + 1),
        ("for-a-week", "limit_exceeded", 0, 7 * DAY),
        ("backwards", "malformed", HOUR, 0),
        ("before-all-time", "malformed", -3 * 10**12, HOUR),
    ):
        for number, kind in enumerate(("alert", "cancel")):
            yield case(
                f"untimely-{kind}-{name}", code,
                lambda now, number=number, issued=issued, expires=expires: signed(
                    both(now, issued=now + issued, expires=now + expires)[number]
                ),
            )  # fmt: skip


def cut_off() -> Iterator[Any]:
    for share in (0.0, 0.05, 0.2, 0.5, 0.9):
        yield case(f"truncated-{share}", "malformed", lambda now, share=share: piece(signed(alert(now, "al-x")), share))
    yield case("truncated-by-one", "malformed", lambda now: signed(alert(now, "al-x"))[:-1])
    yield case("truncated-no-seal", "malformed", lambda now: signed(alert(now, "al-x")).rpartition(".")[0])
    yield case("truncated-empty-seal", "malformed", lambda now: signed(alert(now, "al-x")).rpartition(".")[0] + ".")
    yield case("four-parts", "malformed", lambda now: signed(alert(now, "al-x")) + ".x")
    yield case("padding", "malformed", lambda now: signed(alert(now, "al-x")) + "=")
    yield case("newline", "malformed", lambda now: signed(alert(now, "al-x")) + "\n")
    yield case("bytes", "malformed", lambda now: bytes(range(256)))
    yield case("plain-json", "malformed", lambda now: msgspec.json.encode(alert(now, "al-x")))


def piece(token: str, share: float) -> str:
    return token[: int(len(token) * share)]


def oversized() -> Iterator[Any]:
    many = tuple(target(WARNING, id=f"t-{number}") for number in range(65))
    sounds = tuple(voice(WARNING, sha256=f"{number:064x}", duration=100) for number in range(17))
    for name, code, changes in (
        ("targets", "limit_exceeded", {"targets": many}),
        ("sounds", "limit_exceeded", {"targets": (target(voices=sounds),)}),
        ("voice", "limit_exceeded", {"targets": (target(voices=(voice(WARNING, size=MAX_VOICE_BYTES + 1),)),)}),
        ("speech", "limit_exceeded", {"targets": (target(voices=(voice(WARNING, duration=30_001),)),)}),
        ("headline", "limit_exceeded", {"headline": "x" * 301}),
        ("keep", "limit_exceeded", {"keep": 60_001}),
        ("hurry", "limit_exceeded", {"repeat": 59_999}),
        ("message", "too_large", {"source": "x" * 70_000}),
    ):
        yield case(f"oversized-{name}", code, lambda now, changes=changes: signed(alert(now, "al-x", **changes)))
    yield case("oversized-token", "too_large", lambda now: signed(alert(now, "al-x", source="x" * 300_000)))
    yield case("oversized-frame", "too_large", lambda now: HEAD + bytes(MAX_VOICE_BYTES + 1))
    yield case("frame-empty", "malformed", lambda now: HEAD)
    yield case("frame-nobody-waits-for", "wrong_hash", lambda now: pack(b"OggS someone else's voice"))


def downgraded() -> Iterator[Any]:
    for name, code, head in (
        ("none", "malformed", {"alg": "none"}),
        ("hmac", "malformed", {"alg": "HS256"}),
        ("es256", "malformed", {"alg": "ES256"}),
        ("v0", "unknown_version", {"v": 0}),
        ("v2", "unknown_version", {"v": 2}),
        ("as-cancel", "bad_signature", {"typ": "cancel"}),
        ("as-plan", "wrong_role", {"typ": "plan"}),
        ("as-siren", "unknown_type", {"typ": "siren"}),
        ("as-keyset", "unknown_type", {"typ": "keyset"}),
        ("as-heard", "unknown_type", {"typ": "heard"}),
        ("no-kid", "unknown_key", {"kid": ""}),
    ):
        yield case(f"downgraded-{name}", code, lambda now, head=head: with_head(now, head))
    yield case(
        "downgraded-emergency-in-a-plan", "wrong_role",
        lambda now: signed(
            village.plan(now + 5, (village.airing("a", now + HOUR, WARNING, priority="emergency"),), (WARNING,))
        ),
    )  # fmt: skip
    yield case(
        "downgraded-exercise-made-actual", "bad_signature", lambda now: spliced(now, {"status": "actual", "keep": 1})
    )


def with_head(now: int, changes: dict[str, Any]) -> str:
    head, body, seal = signed(alert(now, "al-x")).split(".")
    fields = msgspec.json.decode(jws.decode64(head)) | changes
    return ".".join((jws.encode64(msgspec.json.encode(fields)), body, seal))


def misshapen() -> Iterator[Any]:
    for name, changes in (
        ("nobody", {"targets": ()}),
        ("no-headline", {"headline": " "}),
        ("two-lines", {"headline": "a\nb"}),
        ("twice-the-same-target", {"targets": (target(WARNING), target(WARNING))}),
        ("risk", {"risk": 6}),
        ("negative-repeat", {"repeat": -60_000}),
        ("negative-keep", {"keep": -1}),
        ("update-of-nothing", {"kind": "update"}),
        ("references-without-update", {"references": ("al-0",)}),
        ("update-of-itself", {"kind": "update", "references": ("al-x",)}),
        ("siren-path", {"siren": "../../flood"}),
        ("event", {"event": "lũ quét"}),
        ("prompt", {"targets": (Target(id="t", prompts=("../etc/passwd",)),)}),
        ("voice", {"targets": (Target(id="t", voices=(voice(WARNING, sha256="AB" * 32),)),)}),
        ("empty-voice", {"targets": (Target(id="t", voices=(voice(WARNING, size=0),)),)}),
        ("language", {"targets": (Target(id="t", voices=(voice(WARNING, language="tiếng Việt"),)),)}),
        ("target-id", {"targets": (target(WARNING, id="a b"),)}),
    ):
        yield case(f"misshapen-{name}", "malformed", lambda now, changes=changes: signed(alert(now, "al-x", **changes)))
    yield case("misshapen-id", "malformed", lambda now: signed(alert(now, "a b")))
    yield case("misshapen-cancel", "malformed", lambda now: signed(cancel(now, "a b", id="ca-x")))
    for name, fields in (("status", {"status": "Actual"}), ("severity", {"severity": 5}), ("targets", {"targets": 7})):
        yield case(f"misshapen-field-{name}", "malformed", lambda now, fields=fields: raw(now, fields))
    yield case("misshapen-missing", "malformed", lambda now: raw(now, {}, without="targets"))


def raw(now: int, fields: dict[str, Any], without: str = "") -> str:
    body = {**msgspec.to_builtins(alert(now, "al-x")), **fields}
    body.pop(without, None)
    return jws.sign(msgspec.json.encode(body), typ="alert", kid="alert-1", version=1, seed=village.seed("alert-1"))


BAD = [
    *signed_by_others(), *exchanged(), *elsewhere(), *untimely(), *cut_off(), *oversized(), *downgraded(), *misshapen()
]  # fmt: skip


def keys(now: int) -> Message:
    full = village.keyset(now)
    spans = (("alert-over", -DAY, "vn"), ("alert-early", 2 * YEAR, "vn"), ("alert-neighbour", YEAR, world.NEIGHBOUR))
    extra = tuple(
        Key(
            kid=name, public=jws.encode64(village.public(name)), role="alert", scope=scope,  # type: ignore[arg-type]
            valid_from=now + YEAR if name == "alert-early" else now - YEAR, valid_to=now + ends,
        )
        for name, ends, scope in spans
    )  # fmt: skip
    return village.keyset(now, keys=(*full.keys, *extra))


def agent_in(folder: Path, *, place: bool = True, keyset: bool = True, time: bool = True) -> Agent:
    """In its place, with the time, not connected: what is heard goes through its real conversation."""
    now = now_ms()
    store = Store(RealDisk(), folder)
    store.identify(device=village.DEVICE.encode(), seed=b"7" * 32, root=village.ROOT.encode())
    store.close()
    parts = Parts(RealDisk(), SimulatedTicks(), NullSink(Pump()), Feeder(threaded=False), ThreadPoolExecutor(1))
    agent = Agent(Config(folder=folder, gateway_url="http://127.0.0.1:1", engine_url="mqtt://127.0.0.1:1"), parts)
    ticks = agent.clock.ticks_ns()
    agent.clock.answered(now, asked_ns=ticks, received_ns=ticks)
    if keyset:
        agent.papers.take(signed(keys(now - MINUTE)), type(keys(now)))
    if place and keyset:
        placement = village.placement(now - MINUTE)
        agent.papers.take(signed(placement), type(placement))
    if not time:
        agent.clock._anchor = None
    return agent


def close(agent: Agent) -> None:
    agent.close()
    agent._parts.pool.shutdown()


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    made = agent_in(tmp_path_factory.mktemp("speaker"))
    yield made
    close(made)


def hear(agent: Agent, payload: str | bytes) -> dict[str, int]:
    """What was refused by this, by code."""
    before = dict(agent.conversation.refusals)
    agent.conversation.hear(payload.encode() if isinstance(payload, str) else payload)
    after = agent.conversation.refusals
    return {code: count - before.get(code, 0) for code, count in after.items() if count != before.get(code, 0)}


def is_quiet(agent: Agent) -> bool:
    return agent.player.horn.cry is None and not agent.alerts.active and not agent.alerts.playing


def acks(agent: Agent) -> list[tuple[str, str]]:
    return [(said.of, said.code) for said in agent.outbox._said if said.typ == "ack"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("make", "code"), BAD)
def test_refused_with_its_code_and_nothing_is_heard(agent: Agent, make: Make, code: str) -> None:
    assert hear(agent, make(agent.clock.now())) == {code: 1}
    assert is_quiet(agent)
    assert agent.store.alerts() == []


def test_there_are_enough_of_them() -> None:
    print(f"misuse of alerts against a loudspeaker: {len(BAD)} cases, all refused")
    assert len(BAD) >= 100
    assert len({param.id for param in BAD}) == len(BAD)


GOOD: list[dict[str, Any]] = [
    {},
    *({"severity": severity} for severity in ("extreme", "severe", "moderate", "minor", "unknown")),
    *({"siren": siren} for siren in ("", "fire", "storm", "generic", "leave", "pattern-of-2030")),
    *({"level": level} for level in ("commune", "province", "centre")),
    *({"audience": Audience(area=area)} for area in ("vn", "vn.15", village.HAMLET)),
    {"status": "exercise"},
    {"repeat": MINUTE, "keep": 60_000},
    {"targets": (target(WARNING, where=Where(devices=(village.DEVICE,))),)},
    {"targets": (target(id="b", where=Where(groups=("g",))), target(WARNING, where=Where(groups=world.GROUPS)))},
    {"targets": (target(),)},
    {"risk": 5, "event": "bao", "source": "Theo tin của Đài KTTV"},
    {"headline": "x" * 300},
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_a_good_one_is_taken_at_once(agent: Agent, number: int) -> None:
    now = agent.clock.now()
    name = f"good-{number}"
    assert hear(agent, signed(alert(now, name, **GOOD[number]))) == {}
    assert ("alert:" + name, "ok") in acks(agent)
    assert agent.player.horn.cry is not None
    status = GOOD[number].get("status", "actual")
    assert hear(agent, signed(cancel(now, name, status=status))) == {}
    assert is_quiet(agent)


def test_there_are_25_good_ones() -> None:
    assert len(GOOD) >= 25


def test_replayed_it_is_acknowledged_again_and_not_sounded_again(tmp_path: Path) -> None:
    agent = agent_in(tmp_path)
    token = signed(alert(agent.clock.now()))
    assert hear(agent, token) == {}
    cry = agent.player.horn.cry
    assert [hear(agent, token) for _ in range(5)] == [{"duplicate": 1}] * 5
    assert agent.player.horn.cry is cry
    assert acks(agent) == [("alert:al-1", "ok")] * 6
    close(agent)


@pytest.mark.parametrize("kind", ["cancel", "update"])
def test_reordered_what_ended_before_it_came_stays_silent(tmp_path: Path, kind: str) -> None:
    agent = agent_in(tmp_path)
    now = agent.clock.now()
    if kind == "cancel":
        hear(agent, signed(cancel(now)))
    else:
        elsewhere = target(WARNING, where=Where(devices=("spk-quymong-01",)))
        hear(agent, signed(alert(now, "al-2", kind="update", references=("al-1",), targets=(elsewhere,))))
    assert hear(agent, signed(alert(now))) == {"duplicate": 1}
    assert is_quiet(agent)
    close(agent)


@pytest.mark.parametrize("status", ["exercise", "test"])
def test_one_persons_word_takes_back_nothing_that_took_two(tmp_path: Path, status: str) -> None:
    agent = agent_in(tmp_path)
    now = agent.clock.now()
    assert hear(agent, signed(cancel(now, status=status))) == {}
    assert hear(agent, signed(alert(now))) == {}
    assert agent.alerts.playing == "alert:al-1"
    assert hear(agent, signed(cancel(now, id="ca-2", status=status))) == {}
    assert agent.alerts.playing == "alert:al-1"
    close(agent)


@pytest.mark.parametrize(
    ("missing", "code"), [("time", "no_valid_time"), ("place", "no_placement"), ("keyset", "unknown_key")]
)
def test_without_time_place_or_keys_nothing_is_obeyed(tmp_path: Path, missing: str, code: str) -> None:
    """Without valid time a replay would be obeyed too."""
    agent = agent_in(tmp_path, **{missing: False})
    now = now_ms()
    for message in both(now):
        assert hear(agent, signed(message)) == {code: 1}
    assert is_quiet(agent)
    close(agent)


def test_a_key_that_is_revoked_takes_its_alert_with_it(tmp_path: Path) -> None:
    agent = agent_in(tmp_path)
    hear(agent, signed(alert(agent.clock.now(), repeat=MINUTE)))
    assert agent.alerts.playing
    newer = village.keyset(agent.clock.now(), without=("alert-1",))
    agent.papers.take(signed(newer), type(newer))
    agent.apply()
    assert is_quiet(agent)
    close(agent)
