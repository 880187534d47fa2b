"""What devices fetch over HTTP, and what strangers get: a code."""

import hashlib
import json
import secrets
import time
from typing import Any

import msgspec
import pytest
from devicelink import jws, tokens
from devicelink.messages import (
    Airing,
    Audience,
    LogUpload,
    Manifest,
    Part,
    Plan,
    Proof,
    ProofUpload,
    SoundFile,
    Wheel,
)
from devicelink.proofs import chained, sign_head

from loa.gateway.tests.conftest import RunningGateway
from loa.gateway.tests.mqtt import SimulatedDevice
from loa.gateway.world import Paper

SOUND = b"OggS" + b"\x01" * 5_000
SHA = hashlib.sha256(SOUND).hexdigest()


@pytest.fixture
def device(gateway: RunningGateway) -> SimulatedDevice:
    return gateway.hang_device(f"spk-{secrets.token_hex(4)}")


def get(
    gateway: RunningGateway, device: SimulatedDevice, path: str, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    return gateway.request("GET", path, token=device.token(audience=tokens.GATEWAY), headers=headers)


def code(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    return answer[0], json.loads(answer[2])["code"]


def plan(revision: int, sha256: str = SHA) -> str:
    """A plan with one sound, signed by anybody: the gateway only carries it."""
    airing = Airing(id="a1", start=1, duration=1, parts=(Part(sha256=sha256),), approval="x")
    content = Plan(
        audience=Audience(plan_set="ps-1"),
        revision=revision,
        issued=1,
        start=0,
        end=10,
        airings=(airing,),
        files=(SoundFile(sha256=sha256, size=len(SOUND), duration=1),),
    )
    return jws.sign(msgspec.json.encode(content), typ="plan", kid="plan-1", version=1, seed=b"\x01" * 32)


def test_keyset_and_time_are_given_to_a_device_that_knows_nothing_yet(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    status, headers, body = gateway.request("GET", "/device/keyset")
    assert (status, headers["content-type"]) == (200, "application/jose")
    assert jws.parse(body).header.typ == "keyset"
    status, _, body = gateway.request("POST", "/device/time", body={"device": device.device, "nonce": "n" * 22})
    content = json.loads(jws.parse(body).payload)
    assert (status, content["nonce"]) == (200, "n" * 22)
    assert abs(content["time"] - time.time() * 1000) < 2_000


def test_time_is_not_signed_for_anything_else(gateway: RunningGateway, device: SimulatedDevice) -> None:
    def ask(body: Any) -> tuple[int, str]:
        return code(gateway.request("POST", "/device/time", body=body))

    assert ask({"device": "spk-unknown", "nonce": "n" * 22}) == (401, "unknown_key")
    assert ask({"device": device.device, "nonce": "n" * 4_000}) == (400, "malformed")
    assert ask({"device": device.device, "nonce": ""}) == (400, "malformed")
    assert ask(b"x" * 10_000) == (413, "too_large")
    assert ask(b"[" * 4_000) == (400, "malformed")


def test_states_come_with_their_revision_and_are_not_sent_twice(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    assert code(get(gateway, device, "/device/placement")) == (404, "missing_file")
    gateway.file("placement", f"device/{device.device}", 5, "x.y.z")
    status, headers, body = get(gateway, device, "/device/placement")
    assert (status, headers["etag"], body) == (200, '"5"', b"x.y.z")
    status, _, body = get(gateway, device, "/device/placement", **{"If-None-Match": '"5"'})
    assert (status, body) == (304, b"")
    assert get(gateway, device, "/device/placement", **{"If-None-Match": '"4"'})[0] == 200


def test_each_device_gets_its_own_states_only(gateway: RunningGateway, device: SimulatedDevice) -> None:
    other = gateway.hang_device("spk-elsewhere", plan_set="ps-9")
    gateway.file("plan", "plan_set/ps-9", 7, "their.own.plan")
    gateway.file("volume", "device/spk-elsewhere", 3, "their.own.volume")
    assert get(gateway, other, "/device/plan")[2] == b"their.own.plan"
    assert get(gateway, device, "/device/volume")[0] == 404
    assert get(gateway, device, "/device/plan")[2] != b"their.own.plan"


def test_claimed_device_gets_no_plan_before_it_is_placed(gateway: RunningGateway) -> None:
    gateway.file("plan", "plan_set/ps-3", 9)
    fresh = gateway.hang_device("spk-claimed", state="claimed", plan_set="ps-3")
    assert get(gateway, fresh, "/device/plan")[0] == 404


def test_without_a_good_token_there_is_nothing(gateway: RunningGateway, device: SimulatedDevice) -> None:
    def status(token: str) -> tuple[int, str]:
        return code(gateway.request("GET", "/device/plan", token=token))

    assert status("") == (400, "malformed")
    assert status(device.token(audience=tokens.ENGINE)) == (403, "wrong_audience")
    assert status(device.token(audience=tokens.GATEWAY, age_ms=7 * 60_000)) == (401, "expired")
    stranger = tokens.make(device.device, tokens.GATEWAY, seed=b"\x09" * 32, now=int(time.time() * 1000))
    assert status(stranger) == (401, "bad_signature")
    unknown = tokens.make("spk-nobody", tokens.GATEWAY, seed=b"\x09" * 32, now=int(time.time() * 1000))
    assert status(unknown) == (401, "unknown_key")


def test_sounds_of_its_plan_whole_and_in_parts(gateway: RunningGateway, device: SimulatedDevice) -> None:
    (gateway.media / SHA).write_bytes(SOUND)
    gateway.file("plan", "plan_set/ps-1", int(time.time() * 1000), plan(1))
    status, headers, body = get(gateway, device, f"/device/media/{SHA}")
    assert (status, headers["content-type"], body) == (200, "audio/ogg", SOUND)
    status, headers, body = get(gateway, device, f"/device/media/{SHA}", Range="bytes=4000-")
    assert (status, body) == (206, SOUND[4000:])
    assert headers["content-range"] == f"bytes 4000-{len(SOUND) - 1}/{len(SOUND)}"
    assert get(gateway, device, f"/device/media/{SHA}", Range="bytes=999999-")[0] == 416


def test_other_sounds_are_not_given_even_if_they_are_there(gateway: RunningGateway, device: SimulatedDevice) -> None:
    draft = hashlib.sha256(b"draft").hexdigest()
    (gateway.media / draft).write_bytes(b"draft")
    assert code(get(gateway, device, f"/device/media/{draft}")) == (404, "missing_file")
    for name in ("..%2f..%2fetc%2fpasswd", "../../etc/passwd", "x", "%00"):
        assert get(gateway, device, f"/device/media/{name}")[0] == 404
    assert gateway.request("GET", f"/device/media/{SHA}")[0] == 400


def release(revision: int, *names: str) -> str:
    """An order to run the packages with these hashes, signed by anybody."""
    content = Manifest(
        audience=Audience(device="spk"), revision=revision, issued=1, order="o", release="1.0.0", expires=2,
        python=("3.11",),
        wheels=tuple(Wheel(name="loa_speaker-1.0.0-py3-none-any.whl", sha256=name, size=1) for name in names),
    )  # fmt: skip
    return jws.sign(msgspec.json.encode(content), typ="release", kid="firmware-1", version=1, seed=b"\x01" * 32)


def test_packages_of_the_release_it_was_ordered_to_run_and_no_others(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    """Its own order, whole and in parts; not the order of a neighbour, and nothing once it was called back."""
    wheel, other = (hashlib.sha256(name).hexdigest() for name in (b"wheel", b"another"))
    for name in (wheel, other):
        (gateway.media / name).write_bytes(SOUND)
    neighbour = gateway.hang_device("spk-neighbour")
    gateway.file("release", f"device/{device.device}", 7, release(7, wheel))
    gateway.file("release", f"device/{neighbour.device}", 7, release(7, other))
    status, headers, body = get(gateway, device, f"/device/wheel/{wheel}")
    assert (status, body, headers["cache-control"]) == (200, SOUND, "private, no-store")
    status, headers, body = get(gateway, device, f"/device/wheel/{wheel}", Range="bytes=4000-")
    assert (status, body) == (206, SOUND[4000:])
    assert code(get(gateway, device, f"/device/wheel/{other}")) == (404, "missing_file")
    assert get(gateway, device, "/device/wheel/..%2f..%2fetc%2fpasswd")[0] == 404
    assert gateway.request("GET", f"/device/wheel/{wheel}")[0] == 400  # without a name
    back = Paper(typ="release", subject=f"device/{device.device}", revision=7, jws="", withdrawn=True)
    gateway.do(lambda: gateway.hub.world.file(back))
    assert code(get(gateway, device, f"/device/wheel/{wheel}")) == (404, "missing_file")


def test_a_log_is_taken_in_its_own_name_only_and_not_without_end(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    token = device.token(audience=tokens.GATEWAY)
    upload = LogUpload(device=device.device, id="log-1", at=1, lines=1, text="H4sI")

    def sent(message: LogUpload) -> tuple[int, dict[str, str], bytes]:
        return gateway.request("POST", "/device/log", token=token, body=msgspec.json.encode(message))

    assert sent(upload)[0] == 204
    assert gateway.platform.logs == [upload]
    assert code(sent(msgspec.structs.replace(upload, device="spk-neighbour"))) == (403, "wrong_audience")
    assert code(sent(msgspec.structs.replace(upload, text="A" * 4_000_000))) == (413, "too_large")
    assert gateway.request("POST", "/device/log", body=msgspec.json.encode(upload))[0] == 400
    assert gateway.platform.logs == [upload]


def test_sound_of_the_plan_before_is_still_given_but_not_of_the_one_before_that(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    other, third = (hashlib.sha256(name).hexdigest() for name in (b"other", b"third"))
    (gateway.media / SHA).write_bytes(SOUND)
    start = int(time.time() * 1000) + 100_000
    gateway.file("plan", "plan_set/ps-1", start, plan(start, SHA))
    gateway.file("plan", "plan_set/ps-1", start + 1, plan(start + 1, other))
    assert get(gateway, device, f"/device/media/{SHA}")[0] == 200
    gateway.file("plan", "plan_set/ps-1", start + 2, plan(start + 2, third))
    assert get(gateway, device, f"/device/media/{SHA}")[0] == 404


def test_proofs_are_handed_on_and_receipted(gateway: RunningGateway, device: SimulatedDevice) -> None:
    row = chained(
        Proof(
            boot="b1", count=0, airing="a1", planned=1, started=1, rendered=1, outcome="played", previous="", hash=""
        ),
        None,
    )
    upload = ProofUpload(head=sign_head(device.device, row, device._seed), rows=(row,))
    token = device.token(audience=tokens.GATEWAY)
    status, _, body = gateway.request("POST", "/device/proofs", token=token, body=msgspec.json.encode(upload))
    receipt = json.loads(jws.parse(body).payload)
    assert (status, receipt["boot"], receipt["count"], receipt["nonce"]) == (200, "b1", 1, row.hash)
    assert gateway.platform.proofs[-1][0] == device.device


def test_too_long_and_broken_proofs_are_refused_before_anybody_reads_them(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    token = device.token(audience=tokens.GATEWAY)
    assert code(gateway.request("POST", "/device/proofs", token=token, body=b"{")) == (400, "malformed")
    assert code(gateway.request("POST", "/device/proofs", token=token, body=b" " * 3_000_000)) == (413, "too_large")
    assert code(gateway.request("POST", "/device/proofs", body=b"{}")) == (400, "malformed")


@pytest.mark.usefixtures("no_time_passes")
def test_device_that_asks_without_end_is_slowed(gateway: RunningGateway, device: SimulatedDevice) -> None:
    codes = [get(gateway, device, "/device/volume")[0] for _ in range(130)]
    assert codes == [404] * 120 + [429] * 10
