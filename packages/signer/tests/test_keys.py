"""Phạm Quốc Bảo makes the keys of an installation and exchanges them."""

import stat
from pathlib import Path

import nacl.pwhash.argon2id as argon2id
import pytest
from devicelink import keyfiles
from devicelink.freshness import Clock
from devicelink.golden import world
from devicelink.keyfiles import KeyFolder, KeyProblem, is_demo
from devicelink.keyring import Keyring, fingerprint, open_keyset, open_signed
from devicelink.messages import Alert, Hold, Plan, Role
from devicelink.refusals import Reason, Refused
from signer import keys, root
from signer.keys import Folders
from signer.root import Cost

NOW = world.NOW
CHEAP = Cost(argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "root", tmp_path / "signer", tmp_path / "gateway")


def test_keys_are_made_once_each_in_the_folder_that_uses_them(folders: Folders) -> None:
    made = keys.init(folders, now=NOW)
    assert open_keyset(made.jws, made.fingerprint).message == made.keyset
    assert set(KeyFolder(folders.signer).kids(NOW)) == {"placement", "plan", "command", "firmware", "alert", "live"}
    assert set(KeyFolder(folders.gateway).kids(NOW)) == {"stop", "time"}
    assert made.fingerprint == fingerprint(root.load(folders.root).public)
    assert not is_demo(made.keyset)
    with pytest.raises(KeyProblem, match="never overwritten"):
        keys.init(folders, now=NOW)


def test_nobody_else_can_read_them(folders: Folders) -> None:
    keys.init(folders, now=NOW)
    for folder in (folders.root, folders.signer, folders.gateway):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    loose = next(folders.signer.glob("*.key"))
    loose.chmod(0o640)
    with pytest.raises(KeyProblem, match="0600"):
        KeyFolder(folders.signer)


def test_one_full_folder_stops_everything_before_anything_is_written(folders: Folders) -> None:
    folders.gateway.mkdir()
    (folders.gateway / "something").write_text("of somebody")
    with pytest.raises(KeyProblem, match="not empty"):
        keys.init(folders, now=NOW)
    assert not folders.root.exists()
    assert not folders.signer.exists()


def test_one_folder_cannot_serve_two_custodians(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="three different"):
        keys.init(Folders(tmp_path / "a", tmp_path / "a", tmp_path / "b"), now=NOW)


def test_a_passphrase_locks_the_root(folders: Folders) -> None:
    keys.init(folders, now=NOW, passphrase="năm cây tre", cost=CHEAP)
    assert root.is_locked(folders.root)
    assert b"seed" not in (folders.root / root.ROOT_FILE).read_bytes()
    with pytest.raises(KeyProblem, match="passphrase"):
        keys.renew(folders, now=NOW + 1, passphrase="sai")
    assert keys.renew(folders, now=NOW + 1, passphrase="năm cây tre").keyset.revision == NOW + 1


def test_a_new_key_is_announced_before_it_is_used(folders: Folders) -> None:
    keys.init(folders, now=NOW)
    folder = KeyFolder(folders.signer)
    old = folder.kids(NOW)["plan"]
    made = keys.rotate(folders, Role.PLAN, now=NOW)
    assert folder.refresh()
    assert folder.kids(NOW)["plan"] == old
    assert folder.kids(NOW + keys.LEAD_MS)["plan"] != old
    ring = Keyring.of(made.keyset)
    for now in (NOW, NOW + keys.LEAD_MS):
        token = folder.sign(world.plan(), now)
        clock = Clock(now=now)
        assert open_signed(token, Plan, keyring=ring, clock=clock).message == world.plan()


def test_a_role_whose_key_is_gone_stops_no_other(folders: Folders) -> None:
    keys.init(folders, now=NOW)
    old = KeyFolder(folders.signer).kids(NOW)["command"]
    keys.rotate(folders, Role.COMMAND, now=NOW)
    (folders.signer / f"{old}.key").unlink()
    folder = KeyFolder(folders.signer)
    assert set(folder.kids(NOW)) == {"placement", "plan", "firmware", "alert", "live"}
    assert folder.lacking(NOW) == (Role.COMMAND,)
    assert folder.lacking(NOW + keys.LEAD_MS) == ()
    with pytest.raises(KeyProblem, match="no command key"):
        folder.sign(world.command(), NOW)


def test_a_revoked_key_is_refused_and_its_role_goes_on(folders: Folders) -> None:
    keys.init(folders, now=NOW)
    folder = KeyFolder(folders.gateway)
    stolen = folder.sign(world.hold(), NOW)
    made = keys.revoke(folders, folder.kids(NOW)["stop"], now=NOW + 1)
    folder.refresh()
    ring = Keyring.of(made.keyset)
    with pytest.raises(Refused) as refused:
        open_signed(stolen, Hold, keyring=ring, clock=world.CLOCK)
    assert refused.value.reason is Reason.UNKNOWN_KEY
    open_signed(folder.sign(world.hold(), NOW), Hold, keyring=ring, clock=world.CLOCK)
    with pytest.raises(KeyProblem, match="no key"):
        keys.revoke(folders, "plan-nowhere", now=NOW + 2)


def test_roles_that_came_later_get_their_keys(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as former:
        former.setattr(keys, "SIGNER_ROLES", keys.SIGNER_ROLES[:4])
        before = keys.init(folders, now=NOW, scope="vn.15", passphrase="năm cây tre", cost=CHEAP)
    assert keys.lacking(before.keyset) == (Role.ALERT, Role.LIVE)
    with pytest.raises(KeyProblem, match="passphrase"):
        keys.add_roles(folders, now=NOW + 1, passphrase="sai")
    made = keys.add_roles(folders, now=NOW + 1, passphrase="năm cây tre")
    assert {key.scope for key in made.keyset.keys} == {"vn.15"}
    assert {key.kid for key in before.keyset.keys} < {key.kid for key in made.keyset.keys}
    folder = KeyFolder(folders.signer)
    token = folder.sign(world.alert(), NOW + 1)
    open_signed(token, Alert, keyring=Keyring.of(made.keyset), clock=world.CLOCK)
    with pytest.raises(KeyProblem, match="every role"):
        keys.add_roles(folders, now=NOW + 2, passphrase="năm cây tre")


def test_revisions_move_on_even_if_the_clock_stands(folders: Folders) -> None:
    first = keys.init(folders, now=NOW)
    assert keys.renew(folders, now=NOW - world.DAY).keyset.revision == first.keyset.revision + 1


def test_the_gateway_cannot_sign_a_plan(folders: Folders) -> None:
    keys.init(folders, now=NOW)
    with pytest.raises(KeyProblem, match="plan"):
        KeyFolder(folders.gateway).sign(world.plan(), NOW)


def test_demo_keys_say_so(folders: Folders) -> None:
    made = keys.init(folders, now=NOW, demo=True)
    assert is_demo(made.keyset)
    assert is_demo(keys.rotate(folders, Role.TIME, now=NOW).keyset)


def test_keys_never_show_up_in_a_log(folders: Folders) -> None:
    keys.init(folders, now=NOW)
    opened = root.load(folders.root)
    assert repr(opened) == "Root(...)"
    assert "seed" not in repr(keyfiles.load(folders.signer))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"kid":"x","role":"plan","seed":"AA"}', b"\xff"])
def test_a_damaged_file_is_named(folders: Folders, content: bytes) -> None:
    keys.init(folders, now=NOW)
    broken = next(folders.signer.glob("*.key"))
    broken.write_bytes(content)
    with pytest.raises(KeyProblem, match=broken.name):
        KeyFolder(folders.signer)
