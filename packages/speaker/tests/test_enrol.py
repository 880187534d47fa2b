"""A technician gives a new loudspeaker its identity."""

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import speaker_village as village
from devicelink.keyring import fingerprint
from devicelink.refusals import Reason, Refused
from speaker.agent import Agent, NotEnrolled, Parts
from speaker.cli import main
from speaker.disk import RealDisk
from speaker.enrol import enrol, public_of, root_for_verifier, root_of
from speaker.status import read_status
from speaker.store import Damaged, Store
from speaker_home import CLAIM, awake, config_of, enrolled, until
from speaker_platform import Platform, ready


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def test_the_same_claim_may_be_shown_again_and_the_key_stays(platform: Platform, tmp_path: Path) -> None:
    store = Store(RealDisk(), tmp_path)
    config = config_of(platform, tmp_path)
    first = enrol(store, config, claim=CLAIM, root=village.ROOT, seed=bytes(32))
    again = enrol(store, config, claim=CLAIM, root=village.ROOT, seed=bytes([1]) * 32)
    assert first == again
    assert first.fingerprint == fingerprint(public_of(bytes(32)))
    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600
    store.close()


def test_a_wrong_claim_leaves_no_identity(platform: Platform, tmp_path: Path) -> None:
    store = Store(RealDisk(), tmp_path)
    with pytest.raises(Refused) as refused:
        enrol(store, config_of(platform, tmp_path), claim="WRONG", root=village.ROOT, seed=bytes(32))
    assert refused.value.reason is Reason.UNKNOWN_KEY
    assert store.identity("device") is None
    store.close()


def test_the_root_is_a_fingerprint_or_a_key() -> None:
    assert root_for_verifier(root_of(village.ROOT.upper())) == village.ROOT
    assert root_for_verifier(root_of(village.world.ROOT.hex())) == village.world.ROOT
    for wrong in ("", "0123-4567", "g" * 64):
        with pytest.raises(ValueError, match="fingerprint"):
            root_of(wrong)


def test_an_agent_without_identity_does_not_start(platform: Platform, tmp_path: Path) -> None:
    parts = Parts(RealDisk(), *[None] * 4)  # type: ignore[arg-type]
    with pytest.raises(NotEnrolled):
        Agent(config_of(platform, tmp_path), parts)
    assert main(["run", "--folder", str(tmp_path), "--sink", "null"]) == 1


def test_what_is_no_state_is_said_to_be_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state.db").write_bytes(b"this is no database, it only lies here" * 100)
    with pytest.raises(Damaged):
        Store(RealDisk(), tmp_path)
    assert main(["run", "--folder", str(tmp_path), "--sink", "null"]) == 1
    assert "bị hỏng" in capsys.readouterr().err


def test_the_technician_reads_the_fingerprint(
    platform: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["enrol", "--folder", str(tmp_path), "--gateway", platform.gateway_url, "--root", village.ROOT]
    assert main([*arguments, "--claim", "WRONG"]) == 1
    assert "Mã ghép nối không đúng." in capsys.readouterr().err
    assert main([*arguments, "--claim", CLAIM]) == 0
    said = capsys.readouterr().out
    assert fingerprint(platform.publics[village.DEVICE]) in said
    assert village.DEVICE in said


def test_no_gateway_there_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["enrol", "--folder", str(tmp_path), "--gateway", "http://127.0.0.1:9", "--root", village.ROOT]
    assert main([*arguments, "--claim", CLAIM]) == 1
    assert "Không nối được với máy chủ" in capsys.readouterr().err


def test_the_state_is_told_in_vietnamese(
    platform: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["say-state", "--folder", str(tmp_path)]) == 1
    assert main(["status", "--folder", str(tmp_path)]) == 1

    async def story() -> None:
        async with awake(enrolled(platform, tmp_path)) as agent:
            await until(lambda: agent.last_status)
            assert "Loa chưa được gán vào nơi nào" in " ".join(agent.status().words)
            ready(platform)
            agent.supply.want_all()
            await until(lambda: agent.papers.placement)

    asyncio.run(story())
    capsys.readouterr()
    assert main(["say-state", "--folder", str(tmp_path)]) == 0
    assert "Loa đang im." in capsys.readouterr().out
    assert main(["status", "--folder", str(tmp_path)]) == 0
    status = read_status(tmp_path)
    assert status is not None
    assert status.device == village.DEVICE
    assert status.placed == village.HAMLET
