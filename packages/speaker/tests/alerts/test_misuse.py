"""Whatever a hostile engine, server, insider or thief sends: refused with its code, and nothing is heard."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import speaker_village as village
from devicelink import jws
from devicelink.golden import world
from devicelink.limits import MAX_VOICE_BYTES
from devicelink.messages import Audience, Circle, Point, Polygon, Target, Where
from devicelink.voices import HEAD, pack
from speaker.agent import Agent
from speaker_alerts import WARNING, alert, cancel, target, voice
from speaker_hostile import acks, agent_in, both, close, hear, is_quiet
from speaker_village import DAY, HOUR, MINUTE, YEAR, Sound, signed

FOREIGN = ("plan-1", "command-1", "stop-1", "time-1", "live-1", "placement-1", "firmware-1")
ELSEWHERE = ("vn.15.04387", "vn.16", "vn.15.04378.h4", "vn.15.0437", "vn.15.043780", "vn.15.04378.h5.x", "x")
FAR = Point(latitude=10.0, longitude=106.0)
RING = (FAR, Point(latitude=10.1, longitude=106.0), Point(latitude=10.1, longitude=106.1), FAR)
Make = Callable[[int], str | bytes]


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


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    made = agent_in(tmp_path_factory.mktemp("speaker"))
    yield made
    close(made)


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
