"""The key for placements is exchanged: nobody falls silent when the old one leaves the keyset."""

import shutil
from pathlib import Path

import pytest
from devicelink.jws import parse
from devicelink.keyfiles import KeyFolder
from devicelink.messages import Message, Role
from signer import keys

from loa.devices import actions, signing, tasks
from loa.devices.actions.renewing import sign_anew
from loa.devices.models import Device
from loa.devices.queries import latest
from loa.devices.tests.test_following import placed
from loa.kernel.clock import to_ms
from loa.kernel.errors import Refusal, Unavailable
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def folders(key_folders: keys.Folders, tmp_path: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> keys.Folders:
    """Keys of their own, which may be exchanged; whoever signs reads them anew."""
    for name in ("root", "signer", "gateway"):
        shutil.copytree(getattr(key_folders, name), tmp_path / name)
    own = keys.Folders(root=tmp_path / "root", signer=tmp_path / "signer", gateway=tmp_path / "gateway")
    moment = to_ms(cast.now)

    def sign_all(messages: list[Message]) -> list[str]:
        return [KeyFolder(own.signer).sign(message, moment) for message in messages]

    monkeypatch.setattr(signing, "sign_all", sign_all)
    monkeypatch.setattr(signing, "kids", lambda: KeyFolder(own.signer).in_use(moment))
    return own


def signer_of(typ: str, device: Device) -> str:
    paper = latest(typ, f"device/{device.pk}")
    assert paper is not None
    return parse(paper.jws).header.kid


def settled(cast: Cast) -> tuple[Device, Device]:
    market, ferry = placed(cast.quy_mong, "market"), placed(cast.tran_yen, "ferry")
    assert actions.refresh_places(now=cast.now) == 2
    actions.set_volume(actor=cast.lan, devices=[market], volume=35, now=cast.now)
    return market, ferry


def test_papers_of_the_key_in_use_are_left_alone(cast: Cast, folders: keys.Folders) -> None:
    settled(cast)
    assert sign_anew(now=cast.now) == 0


@pytest.mark.parametrize("deed", ["rotate", "revoke"])
def test_an_exchanged_key_has_its_papers_signed_anew(cast: Cast, folders: keys.Folders, deed: str) -> None:
    market, ferry = settled(cast)
    old, command = signer_of("placement", market), signer_of("volume", market)
    if deed == "rotate":
        keys.rotate(folders, Role.PLACEMENT, now=to_ms(cast.now), lead=0)
        keys.rotate(folders, Role.COMMAND, now=to_ms(cast.now), lead=0)
    else:
        keys.revoke(folders, old, now=to_ms(cast.now))
        keys.revoke(folders, command, now=to_ms(cast.now))
    assert sign_anew(now=cast.now) == 3
    assert old not in (signer_of("placement", market), signer_of("placement", ferry))
    assert signer_of("volume", market) != command
    assert sign_anew(now=cast.now) == 0


def test_a_role_without_a_valid_key_holds_up_no_other(
    cast: Cast, folders: keys.Folders, caplog: pytest.LogCaptureFixture
) -> None:
    market, _ = settled(cast)
    old = signer_of("volume", market)
    keys.rotate(folders, Role.PLACEMENT, now=to_ms(cast.now), lead=0)
    keys.rotate(folders, Role.COMMAND, now=to_ms(cast.now))
    (folders.signer / f"{old}.key").unlink()
    assert sign_anew(now=cast.now) == 2
    assert "no volume can be signed anew" in caplog.text


def test_a_loudspeaker_that_was_taken_down_is_not_placed_again(cast: Cast, folders: keys.Folders) -> None:
    market, _ = settled(cast)
    Device.objects.filter(pk=market.pk).update(state=Device.State.RETIRED)
    keys.rotate(folders, Role.PLACEMENT, now=to_ms(cast.now), lead=0)
    assert sign_anew(now=cast.now) == 1


def test_a_commune_that_is_refused_holds_up_no_other(
    cast: Cast, folders: keys.Folders, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    market, ferry = settled(cast)
    old = signer_of("placement", market)
    keys.rotate(folders, Role.PLACEMENT, now=to_ms(cast.now), lead=0)
    sign = signing.sign_all

    def refuse(messages: list[Message]) -> list[str]:
        if any(getattr(one, "area", "") == cast.quy_mong.path for one in messages):
            raise Refusal("Bộ phận ký từ chối.", code="signer_not_approved", facts={"detail": "nobody confirmed"})
        return sign(messages)

    monkeypatch.setattr(signing, "sign_all", refuse)
    assert sign_anew(now=cast.now) == 1
    assert "nobody confirmed" in caplog.text
    assert signer_of("placement", market) == old
    assert signer_of("placement", ferry) != old


def test_without_the_signer_the_next_minute_tries_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> dict[str, tuple[str, ...]]:
        raise Unavailable("Bộ phận ký lệnh đang tạm nghỉ.", code="signer_away")

    monkeypatch.setattr(signing, "kids", away)
    assert tasks.sign_anew(0) == 0
    assert "papers wait for the signer" in caplog.text
