"""The signer as a process of its own, asked over its socket."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from devicelink import jws
from devicelink.freshness import Clock
from devicelink.golden import world
from devicelink.keyfiles import KeyFolder
from devicelink.keyring import Keyring, open_signed
from devicelink.messages import Audience, Hours, HoursWindow, Message, Placement, Plan, Role, Volume
from devicelink.refusals import Reason, Refused
from devicelink.signing import Job, SignerClient, SignerUnavailable, job
from signer import keys, serve
from signer.facts import Database
from signer.journal import Journal, verify
from signer.keys import Folders, Made
from signer.work import Desk

from .conftest import Records, permit

PATIENCE_S = 60  # for what must happen: a busy machine may need long, and nobody waits longer than it takes


@dataclass
class Running:
    """A started signer."""

    process: subprocess.Popen[bytes]
    socket: Path
    keys: Path

    def client(self) -> SignerClient:
        return SignerClient(self.socket, timeout=PATIENCE_S)


def start(folder: Path, key_folder: Path, database: str) -> Running:
    path = folder / "s.sock"
    arguments = ["-m", "signer", "serve", "--socket", str(path), "--keys", str(key_folder)]
    environment = os.environ | {"LOA_SIGNER_DATABASE_URL": database}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=log, env=environment, cwd=folder
        )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n", (folder / "log").read_text()
    return Running(process, path, key_folder)


def end(running: Running, how: int = signal.SIGTERM) -> int:
    running.process.send_signal(how)
    with running.process:
        return running.process.wait(PATIENCE_S)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def signer(folder: Path, folders: Folders, made: Made, records: Records) -> Iterator[Running]:
    running = start(folder, folders.signer, records.url)
    yield running
    if running.process.poll() is None:
        end(running)


def now() -> int:
    return serve.now_ms()


def volume(**changes: object) -> Volume:
    return world.volume(**({"issued": now(), "revision": now()} | changes))


def todays_plan(**changes: object) -> Plan:
    """Sounds today or tomorrow at 17:00, whenever the test runs."""
    midnight = (now() + 7 * world.HOUR) // world.DAY * world.DAY - 7 * world.HOUR
    start = midnight + 1020 * world.MINUTE + world.DAY
    airing = world.airing(start=start, latest=0, **changes)
    return world.plan(revision=now(), issued=now(), start=now(), end=now() + 3 * world.DAY, airings=(airing,))


def opened(token: str, kind: type[Message], made: Made) -> Message:
    return open_signed(token, kind, keyring=Keyring.of(made.keyset), clock=Clock(now=now())).message


def test_a_batch_where_one_is_refused(signer: Running, records: Records, made: Made, folders: Folders) -> None:
    records.approve(permit())
    records.place(world.DEVICE, world.COMMUNE, world.HAMLET)
    good, quiet = todays_plan(), volume()
    sneaky = todays_plan(approval="11111111-1111-4111-8111-111111111111")
    with signer.client() as client:
        outcomes = list(client.sign_all([job(good), job(sneaky), job(quiet)]))
        assert client.status().signed == 2
    assert [outcome.code for outcome in outcomes] == ["", "not_approved", ""]
    assert opened(outcomes[0].token(), Plan, made) == good
    with pytest.raises(Refused) as refused:
        outcomes[1].token()
    assert refused.value.reason is Reason.NOT_APPROVED
    assert verify(folders.signer / "journal") == 2


def test_a_withdrawn_approval_counts_from_the_next_question_on(signer: Running, records: Records) -> None:
    records.approve(permit())
    records.place(world.DEVICE, world.COMMUNE, world.HAMLET)
    with signer.client() as client:
        client.sign(todays_plan())
        records.run("update signer_permits set revoked = true")
        with pytest.raises(Refused, match="taken back"):
            client.sign(todays_plan())


def test_a_record_that_cannot_be_read_holds_nobody_else_up(signer: Running, records: Records) -> None:
    broken = "22222222-2222-4222-8222-222222222222"
    records.approve(permit())
    records.place(world.DEVICE, world.COMMUNE, world.HAMLET)
    records.run("insert into signer_permits values (%s, '{}', '', 11, 12, true, false)", broken)
    records.rule(world.COMMUNE, {"windows": "always"})
    jobs = [job(todays_plan(approval=broken)), job(world.placement(issued=now())), job(todays_plan())]
    with signer.client() as client:
        assert [outcome.code for outcome in client.sign_all(jobs)] == ["not_approved", "outside_hours", ""]


def test_wider_hours_than_recorded_are_refused(signer: Running, records: Records) -> None:
    morning = Hours(windows=(HoursWindow(weekdays=(1, 2, 3, 4, 5), start=300, end=420),))
    records.rule(world.COMMUNE, morning)
    with signer.client() as client:
        client.sign(world.placement(issued=now(), hours=morning))
        with pytest.raises(Refused, match="wider"):
            client.sign(world.placement(issued=now()))


def test_what_others_sign_is_not_signed_here(signer: Running) -> None:
    with signer.client() as client:
        for message in (world.hold(), world.time(), world.keyset()):
            with pytest.raises(Refused) as refused:
                client.sign(message)
            assert refused.value.reason is Reason.WRONG_ROLE


def test_a_payload_that_reads_in_two_ways_is_signed_in_one(signer: Running, made: Made) -> None:
    twice = b'{"volume":100,' + msgspec.json.encode(world.volume(issued=now(), volume=10))[1:]
    more = twice[:-1] + b',"firmware":"evil"}'
    with signer.client() as client:
        (outcome,) = client.sign_all([Job(typ="volume", payload=msgspec.Raw(more))])
    payload = jws.parse(outcome.token()).payload
    assert payload.count(b'"volume"') == 1
    assert b"evil" not in payload


def test_commands_do_not_need_the_database_but_plans_do(folder: Path, folders: Folders, made: Made) -> None:
    running = start(folder, folders.signer, "postgresql://postgres@/none?host=/nowhere")
    with running.client() as client:
        client.sign(world.command(id="c-1", issued=now(), expires=now() + 1_000))
        assert not client.status().database
        with pytest.raises(SignerUnavailable, match="DatabaseAway"):
            client.sign(todays_plan())
        client.sign(world.command(id="c-2", issued=now(), expires=now() + 1_000))
    assert end(running) == 0


def test_the_database_connection_cannot_write(signer: Running, records: Records) -> None:
    records.run(
        """create function harm() returns uuid language sql as $$ delete from signer_devices returning
           '6a1f0f0e-8a52-4f6b-9d5e-0d4f5f3c2b11'::uuid $$;"""
    )
    records.place(world.DEVICE, world.COMMUNE)
    records.run("alter table signer_permits rename to real_permits")
    records.run(
        "create view signer_permits as select harm() as approval, permit, digest, author_id, approver_id, "
        "approver_may, revoked from real_permits"
    )
    records.run("insert into real_permits values (gen_random_uuid(), '{}', '', 1, 2, true, false)")
    with signer.client() as client, pytest.raises(SignerUnavailable, match="read-only"):
        client.sign(todays_plan())


def test_kill_and_restart_in_the_middle_of_a_day(
    signer: Running, folder: Path, folders: Folders, records: Records
) -> None:
    with signer.client() as client:
        client.sign(volume())
        end(signer, signal.SIGKILL)
        with pytest.raises(SignerUnavailable):
            client.sign(volume())
        again = start(folder, folders.signer, records.url)
        client.sign(volume())
        end(again)
        third = start(folder, folders.signer, records.url)
        client.sign(volume())  # over a connection that the restart had closed
        assert end(third) == 0
    assert verify(folders.signer / "journal") == 3
    assert not signer.socket.exists()


def test_two_signers_never_share_a_journal(signer: Running, folder: Path, records: Records) -> None:
    arguments = ["serve", "--socket", str(signer.socket), "--keys", str(signer.keys), "--database", records.url]
    command = [sys.executable, "-m", "signer", *arguments]
    second = subprocess.run(command, capture_output=True, cwd=folder, timeout=PATIENCE_S)
    assert second.returncode == 1
    assert b"another signer" in second.stderr


def test_a_rotation_is_noticed_without_a_restart(signer: Running, folders: Folders) -> None:
    with signer.client() as client:
        before = client.status().kids["command"]
        keys.rotate(folders, Role.COMMAND, now=now(), lead=0)
        assert client.status().kids["command"] != before


def test_noise_gets_a_failure_and_harms_nobody(signer: Running) -> None:
    noise = [b"", b"\xff", b"[" * 100_000, b'{"op":"rm"}', b'{"op":"sign","jobs":[{"typ":"plan"}]}']
    for body in noise:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(signer.socket))
            raw.sendall(struct.pack(">I", len(body)) + body)
            (length,) = struct.unpack(">I", raw.recv(4))
            assert b'"malformed"' in raw.recv(length)
    with signer.client() as client:
        assert client.status().database


def test_a_frame_too_large_and_a_caller_who_leaves(signer: Running) -> None:
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(signer.socket))
        raw.sendall(struct.pack(">I", 2**31))
        assert b"too_large" in raw.recv(4096)
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(signer.socket))
        raw.sendall(struct.pack(">I", 1_000) + b"half")
    with signer.client() as client:
        client.status()


def test_another_user_is_not_heard(folder: Path, folders: Folders, made: Made) -> None:
    desk = Desk(KeyFolder(folders.signer), Database(""), Journal(folder / "journal"), now)
    server = serve.Server(folder / "s.sock", desk, {os.geteuid() + 1})
    thread = threading.Thread(target=server.run)
    thread.start()
    with SignerClient(folder / "s.sock", timeout=PATIENCE_S) as client, pytest.raises(SignerUnavailable):
        client.status()
    server.stop()
    thread.join(PATIENCE_S)


def test_bad_starts_say_what_to_do(folder: Path, folders: Folders, made: Made) -> None:
    def started(*arguments: str) -> bytes:
        command = [sys.executable, "-m", "signer", "serve", *arguments]
        result = subprocess.run(command, capture_output=True, cwd=folder, timeout=PATIENCE_S)
        assert result.returncode == 1
        return result.stderr

    path, key_folder, database = str(folder / "s"), str(folders.signer), "postgresql://postgres@/x"
    assert b"loa keys init" in started("--socket", path, "--keys", str(folder / "no"), "--database", database)
    assert b"too long" in started("--socket", "/tmp/" + "x" * 120, "--keys", key_folder, "--database", database)
    assert "chưa có cơ sở dữ liệu".encode() in started("--socket", path, "--keys", key_folder)


def test_a_placement_for_each_of_many_devices_in_one_round_trip(signer: Running, made: Made) -> None:
    many = [
        world.placement(issued=now(), device=f"spk-{number}", audience=Audience(device=f"spk-{number}"))
        for number in range(1_200)
    ]
    with signer.client() as client:
        tokens = [outcome.token() for outcome in client.sign_all(map(job, many))]
    assert opened(tokens[-1], Placement, made) == many[-1]
