"""Another library reads what we sign, and we read what it signs: this is JWS, not a dialect."""

import json

import pytest
from devicelink import jws, tokens
from devicelink.golden import world
from devicelink.jws import encode64
from devicelink.keyring import open_signed
from devicelink.messages import Plan
from devicelink.refusals import Refused
from joserfc import jws as other
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey

# RFC 9864 would rather call it "Ed25519"; the name is fixed on our wire and the mathematics are the same
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


def okp(name: str) -> OKPKey:
    x, d = encode64(world.public(name)), encode64(world.seed(name))
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x, "d": d})


@pytest.fixture
def registry() -> other.JWSRegistry:
    registry = other.JWSRegistry(algorithms=["EdDSA"], strict_check_header=False)
    registry.max_payload_length = registry.max_header_length = 262_144
    return registry


def test_joserfc_verifies_our_plan(registry: other.JWSRegistry) -> None:
    token = world.signed(world.plan())
    read = other.deserialize_compact(token, okp("plan-1"), registry=registry)
    assert read.headers() == {"alg": "EdDSA", "typ": "plan", "kid": "plan-1", "v": 1}
    assert json.loads(read.payload)["audience"] == {"plan_set": world.PLAN_SET}
    with pytest.raises(BadSignatureError):
        other.deserialize_compact(token, okp("time-1"), registry=registry)


def test_we_verify_a_plan_by_joserfc(registry: other.JWSRegistry) -> None:
    payload = jws.parse(world.signed(world.plan())).payload
    header = {"v": 1, "kid": "plan-1", "typ": "plan", "alg": "EdDSA"}
    token = other.serialize_compact(header, payload, okp("plan-1"), registry=registry)
    assert open_signed(token, Plan, keyring=world.keyring(), clock=world.CLOCK).message == world.plan()
    forged = other.serialize_compact(header, payload, okp("time-1"), registry=registry)
    with pytest.raises(Refused):
        open_signed(forged, Plan, keyring=world.keyring(), clock=world.CLOCK)


def test_both_agree_on_every_byte(registry: other.JWSRegistry) -> None:
    ours = world.signed(world.plan())
    payload = jws.parse(ours).payload
    header = {"alg": "EdDSA", "typ": "plan", "kid": "plan-1", "v": 1}
    assert other.serialize_compact(header, payload, okp("plan-1"), registry=registry) == ours


def test_login_tokens_are_ordinary_ones(registry: other.JWSRegistry) -> None:
    seed = world.seed(world.DEVICE)
    token = tokens.make(world.DEVICE, tokens.ENGINE, seed=seed, now=world.NOW)
    claims = json.loads(other.deserialize_compact(token, okp(world.DEVICE), registry=registry).payload)
    assert claims["exp"] - claims["iat"] == 300
