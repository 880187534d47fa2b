"""A loudspeaker that has seen more than the restored database knows."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import nacl.bindings
import pytest
from devicelink import freshness
from devicelink.freshness import Clock, MemoryLedger
from devicelink.jws import decode64, encode64
from devicelink.keyfiles import KeyFolder
from devicelink.keyring import Keyring, Verifier
from devicelink.messages import EnrolRequest, Message, Placement
from devicelink.refusals import Reason, Refused
from signer import keys

from loa.broadcasts.models import PlanState
from loa.config.jobs import issue_anew
from loa.devices import actions, queries, signing
from loa.devices.models import Device, SignedDocument
from loa.kernel import clock
from tests.cast import Cast

NOW_MS = clock.to_ms(clock.now())


@pytest.fixture
def key_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyFolder:
    """Real keys; the signer works in this process."""
    keys.init(keys.Folders(tmp_path / "root", tmp_path / "signer", tmp_path / "gateway"), now=NOW_MS)
    folder = KeyFolder(tmp_path / "signer")

    def sign_all(messages: Sequence[Message]) -> list[str]:
        return [folder.sign(message, NOW_MS) for message in messages]

    monkeypatch.setattr(signing, "sign_all", sign_all)
    return folder


def _installed(cast: Cast, before: datetime) -> Device:
    """The loudspeaker at UBND xã, enrolled and placed."""
    device = actions.add_device(actor=cast.son, area=cast.quy_mong, name="UBND xã", now=before)
    claim = actions.issue_claim_code(actor=cast.son, device=device, now=before)
    public, secret = nacl.bindings.crypto_sign_seed_keypair(secrets.token_bytes(32))
    words = f"loa-enrol-1.{claim}.{encode64(public)}".encode()
    proof = encode64(nacl.bindings.crypto_sign(words, secret)[:64])
    request = EnrolRequest(claim=claim, public=encode64(public), kind="speaker", agent="1", signature=proof)
    device = actions.accept_enrolment(request=request, now=before)
    actions.place([device], now=before)
    Device.objects.filter(pk=device.pk).update(state=Device.State.PLACED)
    return device


def _newest(device: Device) -> SignedDocument:
    found = queries.latest("placement", f"device/{device.pk}")
    assert found is not None
    return found


def test_after_a_restore_the_next_state_is_newer_than_anything_a_device_has_seen(
    cast: Cast, key_folder: KeyFolder
) -> None:
    backup, lost = clock.now() - timedelta(hours=2), clock.now() - timedelta(minutes=1)
    device = _installed(cast, backup)
    saved = _newest(device)
    actions.place([device], now=lost)
    forgotten = _newest(device)
    agent = Verifier(
        root=decode64(key_folder.keyset.root),
        device=device.pk,
        ledger=MemoryLedger(),
        keyring=Keyring.of(key_folder.keyset),
    )
    now = Clock(now=clock.to_ms(clock.now()))  # a full run comes here minutes after this module was read
    seen = agent.verify(forgotten.jws, Placement, clock=now)
    agent.ledger.keep(freshness.slot_of(seen.message), seen.mark)  # type: ignore[attr-defined]

    forgotten.delete()  # what a restore does: everything since the backup is gone
    assert device.plan_set is not None
    PlanState.objects.create(plan_set=device.plan_set, content="said already")
    with pytest.raises(Refused) as refused:
        agent.verify(saved.jws, Placement, clock=now)
    assert refused.value.reason is Reason.OLDER_REVISION

    assert issue_anew() == 1
    later = Clock(now=clock.to_ms(clock.now()))
    assert agent.verify(_newest(device).jws, Placement, clock=later).message.revision > forgotten.revision
    state = PlanState.objects.get(pk=device.plan_set_id)
    assert (state.content, state.touched_at is not None) == ("", True)
