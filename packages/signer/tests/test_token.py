"""The signer's keys in a real PKCS#11 token: made there, used there, taken back there, never outside."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pkcs11
import pytest
from devicelink.freshness import MemoryLedger
from devicelink.golden import world
from devicelink.jws import parse
from devicelink.keyfiles import KeyProblem
from devicelink.keyring import Keyring, Verifier
from devicelink.messages import Alert, Audience, Plan, Role
from devicelink.refusals import Refused
from devicelink.signing import SignerClient, SignerUnavailable
from signer import cli, keys, token
from signer.keys import SIGNER_ROLES, Folders, Made
from signer.token import PIN_VARIABLE, TokenPlace, TokenStore, key_folder

from . import softhsm
from .conftest import Records
from .softhsm import PIN, Tokens

pytestmark = pytest.mark.token
NOW = world.NOW
PATIENCE_S = 60.0
labels = (f"loa-{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tokens]:
    before = os.environ.get("SOFTHSM2_CONF")
    yield softhsm.started(tmp_path_factory.mktemp("softhsm"))
    if before is None:
        os.environ.pop("SOFTHSM2_CONF", None)


@pytest.fixture
def place(tokens: Tokens) -> Iterator[TokenPlace]:
    yield tokens.make(next(labels))
    for store in TokenStore._known.values():
        store.close()
    TokenStore._known.clear()


@pytest.fixture
def made(folders: Folders, place: TokenPlace) -> Made:
    return keys.init(folders, now=NOW - world.DAY, token=place)


def obeyed(made: Made, jws: str, kind: type[Plan] | type[Alert]) -> bool:
    ring = Keyring.of(made.keyset)
    device = Verifier(made.fingerprint, world.DEVICE, MemoryLedger(), ring, world.placement())
    try:
        device.verify(jws, kind, clock=world.CLOCK)
    except Refused:
        return False
    return True


def in_token(place: TokenPlace) -> set[str]:
    return set(TokenStore.of(place).roles())


def test_its_keys_are_made_inside_and_a_loudspeaker_obeys_them(folders: Folders, made: Made, place: TokenPlace) -> None:
    assert not list(folders.signer.glob("*.key"))
    assert {key.kid for key in made.keyset.keys if key.role in SIGNER_ROLES} == in_token(place)
    assert PIN not in (folders.signer / token.TOKEN_FILE).read_text()
    folder = key_folder(folders.signer)
    assert set(folder.kids(NOW)) == set(map(str, SIGNER_ROLES))
    assert obeyed(made, folder.sign(world.plan(), NOW), Plan)
    assert obeyed(made, folder.sign(world.alert(), NOW), Alert)


def test_no_key_ever_comes_out(made: Made, place: TokenPlace) -> None:
    store = TokenStore.of(place)
    assert len(store._handles) == len(SIGNER_ROLES)
    for handle in store._handles.values():
        wanted = (pkcs11.Attribute.SENSITIVE, pkcs11.Attribute.EXTRACTABLE, pkcs11.Attribute.NEVER_EXTRACTABLE)
        assert [handle[name] for name in wanted] == [True, False, True]
        with pytest.raises(pkcs11.AttributeSensitive):
            handle[pkcs11.Attribute.VALUE]


def test_exchanged_and_taken_back_in_the_token(folders: Folders, made: Made, place: TokenPlace) -> None:
    folder = key_folder(folders.signer)
    old = folder.kids(NOW)["alert"]
    stolen = folder.sign(world.alert(), NOW)
    rotated = keys.rotate(folders, Role.ALERT, now=NOW, lead=0)
    assert folder.refresh()
    assert folder.kids(NOW)["alert"] != old
    assert obeyed(rotated, folder.sign(world.alert(), NOW), Alert)
    assert obeyed(rotated, stolen, Alert)
    after = keys.revoke(folders, old, now=NOW + 1)
    assert not obeyed(after, stolen, Alert)
    assert old not in in_token(place)
    assert folder.refresh()
    assert obeyed(after, folder.sign(world.alert(), NOW), Alert)


def test_a_provinces_key_lies_there_too(folders: Folders, made: Made, place: TokenPlace) -> None:
    after = keys.add(folders, Role.ALERT, "vn.15", now=NOW, lead=0)
    key = next(key for key in after.keyset.keys if key.scope == "vn.15")
    assert key.kid in in_token(place)
    own = key_folder(folders.signer).sign(world.alert(audience=Audience(area="vn.15")), NOW)
    assert parse(own).header.kid == key.kid
    assert obeyed(after, own, Alert)


def test_from_files_into_a_token_role_by_role(folders: Folders, place: TokenPlace) -> None:
    """What an installation does that bought a token later: nothing falls silent meanwhile."""
    before = keys.init(folders, now=NOW - world.DAY)
    token.use(folders.signer, place)
    folder = key_folder(folders.signer)
    assert in_token(place) == set()
    assert obeyed(before, folder.sign(world.plan(), NOW), Plan)
    after = keys.rotate(folders, Role.PLAN, now=NOW, lead=0)
    assert folder.refresh()
    assert {folder.kids(NOW)["plan"]} == in_token(place)
    assert obeyed(after, folder.sign(world.plan(), NOW), Plan)
    assert obeyed(after, folder.sign(world.alert(), NOW), Alert)  # still a file
    gone = before.keyset.keys[0].kid
    keys.revoke(folders, gone, now=NOW + 1)
    assert not (folders.signer / f"{gone}.key").exists()


def test_a_session_that_broke_is_opened_again(folders: Folders, made: Made, place: TokenPlace) -> None:
    folder = key_folder(folders.signer)
    TokenStore.of(place)._session.close()
    assert obeyed(made, folder.sign(world.alert(), NOW), Alert)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"label": "of-another-province"}, "NoSuchToken"),
        ({"module": "/nowhere/token.so"}, "does not work"),
        ({"pin_file": "/nowhere/pin"}, "cannot read"),
    ],
)
def test_what_is_wrong_is_said(
    folders: Folders, made: Made, place: TokenPlace, wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(KeyProblem, match=said):
        token.use(folders.signer, msgspec.structs.replace(place, **wrong))
    assert token.read_place(folders.signer) == place


def test_a_wrong_pin_or_one_that_others_can_read_opens_nothing(place: TokenPlace, tmp_path: Path) -> None:
    pin = Path(place.pin_file)
    pin.write_text("000000")
    with pytest.raises(KeyProblem, match="PinIncorrect"):
        token.use(tmp_path, place)
    pin.write_text(PIN)
    pin.chmod(0o644)
    with pytest.raises(KeyProblem, match="open to other users"):
        token.use(tmp_path, place)
    assert token.read_place(tmp_path) is None


def test_the_pin_may_lie_where_the_service_manager_puts_it(
    folders: Folders, place: TokenPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "credential"
    Path(place.pin_file).rename(elsewhere)
    monkeypatch.setenv(PIN_VARIABLE, str(elsewhere))
    made = keys.init(folders, now=NOW - world.DAY, token=place)
    assert obeyed(made, key_folder(folders.signer).sign(world.plan(), NOW), Plan)


def test_a_damaged_note_of_the_token_is_named(folders: Folders, made: Made) -> None:
    (folders.signer / token.TOKEN_FILE).write_text("{}")
    with pytest.raises(KeyProblem, match=r"token\.json is damaged"):
        key_folder(folders.signer)


def test_without_the_library_it_says_what_to_install(
    folders: Folders, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as bare:
        bare.setitem(sys.modules, "pkcs11", None)
        with pytest.raises(KeyProblem, match="python-pkcs11"):
            key_folder(folders.signer)


def test_the_whole_signer_with_a_token_and_an_exchange_while_it_runs(
    folders: Folders, place: TokenPlace, records: Records, tmp_path: Path
) -> None:
    """A process of its own signs; the ceremony, another one, changes the keys in the token beside it."""
    made = keys.init(folders, now=cli.now_ms(), token=place)
    socket = tmp_path / "s.sock"
    arguments = ["serve", "--socket", str(socket), "--keys", str(folders.signer), "--database", records.url]
    command = [sys.executable, "-m", "signer", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            with SignerClient(socket, timeout=PATIENCE_S) as client:
                issued = cli.now_ms()
                volume = world.volume(revision=issued, issued=issued)
                first = parse(client.sign(volume)).header.kid
                assert first in {key.kid for key in made.keyset.keys}
                keys.revoke(folders, first, now=cli.now_ms())
                second = parse(client.sign(world.volume(revision=issued + 1, issued=issued))).header.kid
                assert second != first
                assert second in in_token(place)
                TokenStore.of(place).forget(second)
                keys.renew(folders, now=cli.now_ms())
                with pytest.raises(SignerUnavailable, match="no command key"):
                    client.sign(world.volume(revision=issued + 2, issued=issued))
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
