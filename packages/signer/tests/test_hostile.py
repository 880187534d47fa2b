"""Callers that push, documents that go backwards, clocks that do, folders that stand open."""

import os
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from devicelink.golden import world
from devicelink.jws import encode64
from devicelink.keyfiles import KeyFolder, KeyProblem
from devicelink.messages import Audience, Hours, HoursWindow, Message
from devicelink.refusals import Reason, Refused
from devicelink.signing import BATCH_JOBS, MAX_REQUEST_BYTES, Failure, Sign, SignerClient, SignerUnavailable, job
from devicelink.widening import WEEK, Widening
from signer import authenticator, confirmers, serve
from signer.confirmers import Confirmer, Site
from signer.facts import Database
from signer.journal import Journal, Line, verify
from signer.keys import Folders, Made
from signer.memory import remembered
from signer.work import Desk

from .conftest import Records
from .test_serve import Running, end, now, start, volume

ALL_DAY = Hours(windows=(HoursWindow(weekdays=WEEK, start=0, end=1440),))
RP, ORIGIN = "loa.example", "https://loa.example"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def signer(folder: Path, folders: Folders, made: Made, records: Records) -> Iterator[Running]:
    running = start(folder, folders.signer, records.url)
    yield running
    end(running)


class Clock:
    """A desk whose clock the test sets."""

    def __init__(self, folders: Folders) -> None:
        self.folders, self.now = folders, world.NOW
        self.desk = self.opened()

    def opened(self, *, accept_clock: bool = False, database: str = "") -> Desk:
        keys, journal = KeyFolder(self.folders.signer), Journal(self.folders.signer / "journal")
        return Desk(keys, Database(database), journal, lambda: self.now, accept_clock)

    def ask(self, *messages: Message) -> list[str]:
        answer = self.desk.answer(Sign(jobs=tuple(map(job, messages))), "uid=1 pid=1")
        if isinstance(answer, Failure):
            return [answer.code]
        return [outcome.code for outcome in answer.outcomes]  # type: ignore[union-attr]


@pytest.fixture
def clock(folders: Folders, made: Made) -> Clock:
    return Clock(folders)


def test_no_revision_goes_backwards_and_none_says_two_things(clock: Clock) -> None:
    first, other = volume(revision=7, issued=world.NOW), volume(revision=7, issued=world.NOW, volume=99)
    assert clock.ask(first, first, other) == ["", "", Reason.CONFLICTING_REVISION]
    assert clock.ask(volume(revision=6, issued=world.NOW)) == [Reason.OLDER_REVISION]
    clock.desk = clock.opened()
    assert clock.ask(other, first) == [Reason.CONFLICTING_REVISION, ""]
    assert clock.ask(volume(revision=8, issued=world.NOW)) == [""]


def test_no_revision_from_the_future_shuts_out_those_to_come(clock: Clock) -> None:
    ahead = volume(revision=world.NOW + world.HOUR, issued=world.NOW)
    assert clock.ask(ahead) == [Reason.LIMIT_EXCEEDED]
    last = volume(revision=world.NOW + world.MINUTE, issued=world.NOW)
    after = volume(revision=world.NOW + world.MINUTE + 1, issued=world.NOW)
    assert clock.ask(last, after) == ["", ""]


def test_an_event_id_means_one_thing(clock: Clock) -> None:
    command = world.command(id="c-9", issued=world.NOW, expires=world.NOW + 1000)
    other = world.command(id="c-9", issued=world.NOW, expires=world.NOW + 2000)
    assert clock.ask(command, command, other) == ["", "", Reason.DUPLICATE]


def test_a_clock_set_back_signs_nothing(clock: Clock, folders: Folders) -> None:
    assert clock.ask(volume(revision=1, issued=world.NOW)) == [""]
    clock.now -= 4 * world.MINUTE
    assert clock.ask(volume(revision=2, issued=clock.now)) == [""]
    clock.now -= 40 * world.DAY
    assert clock.ask(volume(revision=3, issued=clock.now)) == ["ClockBehind"]
    clock.desk = clock.opened()
    assert clock.ask(volume(revision=3, issued=clock.now)) == ["ClockBehind"]


def test_a_clock_that_ran_ahead_can_be_mended_and_the_chain_holds(clock: Clock, folders: Folders) -> None:
    clock.now += 40 * world.DAY
    assert clock.ask(volume(revision=1, issued=clock.now)) == [""]
    clock.now -= 40 * world.DAY
    clock.desk = clock.opened(accept_clock=True)
    assert clock.ask(volume(revision=2, issued=clock.now)) == [""]
    assert verify(folders.signer / "journal") == 2


def test_too_many_jobs_are_not_even_read(clock: Clock) -> None:
    assert clock.ask(*[volume(revision=1, issued=world.NOW)] * (BATCH_JOBS + 1)) == ["too_large"]


def test_a_journal_whose_last_file_is_torn_goes_on_from_the_one_before(tmp_path: Path) -> None:
    Journal(tmp_path).add([Line(at=world.NOW, typ="volume", peer="")], world.NOW)
    (tmp_path / "signed-2099-01.jsonl").write_bytes(b'{"at":')
    Journal(tmp_path).add([Line(at=world.NOW, typ="volume", peer="")], world.NOW)
    assert verify(tmp_path) == 2


def test_a_frame_larger_than_a_batch_is_refused_unread(signer: Running) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(signer.socket))
        raw.sendall(struct.pack(">I", MAX_REQUEST_BYTES + 1))
        assert b"too_large" in raw.recv(4096)


def test_a_frame_that_drips_ends(signer: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        other.sendall(b"x")
        with pytest.raises(TimeoutError):
            serve._read(one, 10, time.monotonic() + 0.05)
        other.sendall(b"y" * 10)
        assert serve._read(one, 10, time.monotonic() + 5) == b"y" * 10


def test_one_process_cannot_take_every_place(signer: Running) -> None:
    held = []
    for _ in range(serve.MAX_CALLERS_A_PROCESS):
        client = signer.client()
        client.status()
        held.append(client)
    with signer.client() as late, pytest.raises(SignerUnavailable):
        late.status()
    held.pop().close()
    assert answers(signer)
    for client in held:
        client.close()


def answers(signer: Running) -> bool:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            with signer.client() as client:
                return client.status().database
        except SignerUnavailable:
            time.sleep(0.02)
    return False


def test_the_socket_is_for_its_user_alone(signer: Running) -> None:
    assert signer.socket.stat().st_mode & 0o777 == 0o600


def test_the_socket_for_others_is_for_its_group(folder: Path, clock: Clock) -> None:
    server = serve.Server(folder / "s.sock", clock.desk, {os.geteuid(), os.geteuid() + 1})
    assert (folder / "s.sock").stat().st_mode & 0o777 == 0o660
    server.stop()
    server.run()


def test_open_folders_and_files_are_refused_at_the_start(folders: Folders, made: Made, tmp_path: Path) -> None:
    serve.closed(folders.signer)
    folders.signer.chmod(0o750)
    with pytest.raises(KeyProblem, match="chmod"):
        serve.closed(folders.signer)
    folders.signer.chmod(0o700)
    key = next(folders.signer.glob("*.key"))
    key.chmod(0o640)
    with pytest.raises(KeyProblem, match="open to other users"):
        serve.closed(folders.signer)
    key.chmod(0o600)
    (folders.signer / "confirmers.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyProblem, match="link"):
        serve.closed(folders.signer)


def confirmer(key: authenticator.Passkey, **changes: object) -> Confirmer:
    fields: dict[str, object] = {
        "user": "18",
        "name": "Phạm Quốc Bảo",
        "scope": "vn",
        "credential": encode64(key.credential),
        "public": key.public,
        "valid_from": now() - 1000,
        "valid_to": now() + world.DAY,
    }
    return Confirmer(**(fields | changes))  # type: ignore[arg-type]


def year(**changes: object) -> Widening:
    today = time.strftime("%Y-%m-%d", time.gmtime(now() / 1000 + 7 * 3600))
    fields: dict[str, object] = {
        "rule": "r-1",
        "area": world.COMMUNE,
        "windows": ALL_DAY.windows,
        "document": "Quyết định 12/QĐ-UBND",
        "from_day": today,
        "to_day": today,
        "author": "12",
        "confirmer": "18",
    }
    return Widening(**(fields | changes))  # type: ignore[arg-type]


def all_day() -> Message:
    return world.placement(issued=now(), revision=now(), hours=ALL_DAY)


def test_the_whole_way_of_a_confirmation(signer: Running, folders: Folders, records: Records) -> None:
    key = authenticator.make()
    confirmers.write_site(folders.signer, Site(rp_id=RP, origins=(ORIGIN,)))
    confirmed = key.confirm(year(), rp_id=RP, origin=ORIGIN)
    records.rule(world.COMMUNE, ALL_DAY, confirmed)
    with signer.client() as client:
        assert refused(client, all_day()) == Reason.UNKNOWN_KEY
        confirmers.add(folders.signer, confirmer(key))
        assert client.status().confirmers == (("18", "vn"),)
        assert client.confirm(confirmed) == "Phạm Quốc Bảo"
        client.sign(all_day())
        confirmers.remove(folders.signer, "18", now=now())
        client.sign(all_day())
        with pytest.raises(Refused) as late:
            client.confirm(key.confirm(year(rule="r-2"), rp_id=RP, origin=ORIGIN))
        assert late.value.reason is Reason.KEY_NOT_VALID_NOW
        confirmers.remove(folders.signer, "18", now=now(), void=True)
        assert refused(client, all_day()) == Reason.KEY_NOT_VALID_NOW
    assert len(remembered(folders.signer / "journal").accepted) == 1


def refused(client: SignerClient, message: Message) -> Reason:
    with pytest.raises(Refused) as caught:
        client.sign(message)
    return caught.value.reason


def test_what_lies_beside_a_row_may_be_anything(signer: Running, records: Records) -> None:
    records.rule(world.COMMUNE, ALL_DAY, {"widening": "yes"})
    records.rule("vn.15", {"utc_offset": 420, "windows": [{"weekdays": [1], "start": 0, "end": 10**9}]})
    with signer.client() as client:
        assert refused(client, all_day()) == Reason.OUTSIDE_HOURS
        records.run("delete from signer_area_hours where path = 'vn.15'")
        assert refused(client, all_day()) == Reason.MALFORMED
        bomb = msgspec.structs.replace(year(), windows=(HoursWindow(weekdays=WEEK, start=0, end=10**12),))
        with pytest.raises(Refused, match="window"):
            client.confirm(authenticator.make().confirm(bomb, rp_id=RP, origin=ORIGIN, asked=b"x" * 32))


def test_the_list_is_kept_by_hand(folders: Folders, made: Made) -> None:
    key = authenticator.make()
    one = confirmer(key)
    confirmers.add(folders.signer, one)
    with pytest.raises(KeyProblem, match="already"):
        confirmers.add(folders.signer, one)
    assert one.fingerprint().count("-") == 7
    assert not confirmers.has_demo(folders.signer)
    confirmers.remove(folders.signer, "18", now=now(), void=True)
    with pytest.raises(KeyProblem, match="taken back"):
        confirmers.add(folders.signer, one)
    with pytest.raises(KeyProblem, match="no passkey"):
        confirmers.remove(folders.signer, "19", now=now())
    with pytest.raises(KeyProblem, match="area"):
        confirmers.add(folders.signer, confirmer(authenticator.make(), scope="khắp nơi"))
    (folders.signer / "confirmers.json").write_text("{}")
    with pytest.raises(KeyProblem, match="damaged"):
        confirmers.read(folders.signer)
    with pytest.raises(KeyProblem, match="ceiling"):
        confirmers.write_site(
            folders.signer, Site(ceiling=Hours(windows=(HoursWindow(weekdays=(9,), start=0, end=1),)))
        )


def test_a_province_costs_one_check_a_rule(clock: Clock, folders: Folders, records: Records) -> None:
    key = authenticator.make()
    clock.now = now()
    confirmers.write_site(folders.signer, Site(rp_id=RP, origins=(ORIGIN,)))
    confirmers.add(folders.signer, confirmer(key))
    records.rule(world.COMMUNE, ALL_DAY, key.confirm(year(), rp_id=RP, origin=ORIGIN))
    clock.desk = clock.opened(database=records.url)
    many = [
        world.placement(issued=clock.now, device=f"spk-{n}", audience=Audience(device=f"spk-{n}"), hours=ALL_DAY)
        for n in range(BATCH_JOBS)
    ]
    assert set(clock.ask(*many)) == {""}
    assert len(clock.desk._judge._good) == 1
    clock.desk.database.close()
