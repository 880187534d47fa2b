import pytest
from devicelink import jws
from devicelink.refusals import Reason, Refused
from nacl.bindings import crypto_sign_seed_keypair

SEED = bytes(range(32))
PUBLIC, _ = crypto_sign_seed_keypair(SEED)


def test_a_signed_message_verifies_with_its_own_key_only() -> None:
    envelope = jws.parse(jws.sign(b'{"a":1}', typ="time", kid="t1", version=1, seed=SEED))
    jws.verify(envelope, PUBLIC)
    other, _ = crypto_sign_seed_keypair(bytes(32))
    with pytest.raises(Refused) as refused:
        jws.verify(envelope, other)
    assert refused.value.reason is Reason.BAD_SIGNATURE
