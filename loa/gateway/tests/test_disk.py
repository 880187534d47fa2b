"""What is on disk must be enough: torn lines, power cuts, a start with PostgreSQL down."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from loa.devices.actions.holding import HoldEntry
from loa.gateway.journal import Journal
from loa.gateway.snapshot import Snapshot
from loa.gateway.tests.mqtt import PATIENCE_S
from loa.gateway.world import HoldState, Member, Paper, World

HOUR_MS = 3_600_000


def entry(number: int, at: int = 0) -> HoldEntry:
    return HoldEntry(
        entry=f"00000000-0000-0000-0000-{number:012}",
        subject="area/vn.15.04531",
        area="vn.15.04531",
        revision=number,
        until=at + HOUR_MS,
        jws="a.b.c",
        user=1,
        name="Hoàng Thị Lan",
        at=at,
    )


def test_journal_remembers_what_was_not_copied(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.append(entry(1))
    journal.append(entry(2))
    journal.mark_copied(entry(1).entry)
    journal.close()
    again = Journal(tmp_path / "j")
    assert [found.revision for found in again.waiting()] == [2]
    assert [found.revision for found in again.entries] == [1, 2]
    again.close()


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_torn_last_line_is_dropped_and_the_journal_goes_on(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path / "j")
    journal.append(entry(1))
    journal.append(entry(2))
    journal.close()
    os.truncate(tmp_path / "j", (tmp_path / "j").stat().st_size - cut)
    again = Journal(tmp_path / "j")
    assert [found.revision for found in again.entries] == [1]
    again.append(entry(3))
    again.close()
    assert [found.revision for found in Journal(tmp_path / "j").entries] == [1, 3]


def test_a_line_that_the_disk_spoilt_costs_only_itself(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for number in (1, 2, 3):
        journal.append(entry(number))
    journal.close()
    lines = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    lines[1] = b"\xff" + lines[1][1:40] + b"\x85\xfe" + lines[1][42:]
    (tmp_path / "j").write_bytes(b"".join(lines))
    again = Journal(tmp_path / "j")
    assert [found.revision for found in again.waiting()] == [1, 3]
    again.close()


def test_wherever_the_journal_is_cut_whole_lines_stay_and_it_goes_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for number in (1, 2, 3):
        journal.append(entry(number))
    journal.close()
    whole = (tmp_path / "j").read_bytes()
    for cut in range(0, len(whole), 7):
        (tmp_path / "j").write_bytes(whole[:cut])
        again = Journal(tmp_path / "j")
        kept = whole[:cut].count(b"\n")
        again.append(entry(9))
        again.close()
        last = Journal(tmp_path / "j")
        assert [found.revision for found in last.entries] == [*range(1, kept + 1), 9]
        last.close()


def test_tidying_keeps_what_is_not_copied_and_what_may_still_hold(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    for number, at in ((1, 0), (2, 0), (3, 30 * HOUR_MS)):
        journal.append(entry(number, at))
    journal.mark_copied(entry(1).entry)
    journal.mark_copied(entry(3).entry)
    journal.tidy(31 * HOUR_MS)
    journal.append(entry(4, 31 * HOUR_MS))
    journal.close()
    again = Journal(tmp_path / "j")
    assert [found.revision for found in again.entries] == [2, 3, 4]
    assert [found.revision for found in again.waiting()] == [2, 4]
    again.close()


def test_journal_is_closed_to_others(tmp_path: Path) -> None:
    Journal(tmp_path / "j").close()
    assert (tmp_path / "j").stat().st_mode & 0o077 == 0


WRITER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
import django
from django.conf import settings
django.setup()
from loa.gateway.journal import Journal
from loa.gateway.tests.test_disk import entry
journal = Journal(Path({path!r}))
for number in range(1, 10_000):
    journal.append(entry(number))
    print(number, flush=True)
"""


def test_kill_minus_nine_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    program = WRITER.format(root=root, path=str(tmp_path / "j"))
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "loa.config.settings"}
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environ)
    assert process.stdout is not None
    answered = 0
    for line in process.stdout:
        if line.strip().isdigit():
            answered = int(line)
        if answered >= 50:
            process.send_signal(signal.SIGKILL)
            break
    for line in process.stdout:
        answered = int(line)
    process.wait(PATIENCE_S)
    process.stdout.close()
    found = [item.revision for item in Journal(tmp_path / "j").entries]
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= answered


def full_world() -> World:
    world = World()
    world.put(
        Member(id="spk-1", public="A" * 43, state="placed", path="vn.15.04531", plan_set="ps-1", groups=("grp-1",))
    )
    world.group_areas["grp-1"] = "vn.15.04531"
    world.plan_set_areas["ps-1"] = "vn.15.04531"
    for typ, subject in (("placement", "device/spk-1"), ("plan", "plan_set/ps-1"), ("keyset", "all")):
        world.file(Paper(typ=typ, subject=subject, revision=7, jws="a.b.c"))
    world.hold(HoldState(subject="area/vn.15", area="vn.15", revision=1, until=10**15, forget=10**15, jws="h.o.l"))
    return world


def test_snapshot_brings_everything_back(tmp_path: Path) -> None:
    world, snapshot = full_world(), Snapshot(tmp_path)
    snapshot.save(snapshot.take(world, 1))
    again = World()
    assert Snapshot(tmp_path).load(again)
    member = again.members["spk-1"]
    assert again.public_of("spk-1") is not None
    assert again.revisions_for(member) == world.revisions_for(member)
    assert again.holds_for(member, 5) == ("h.o.l",)
    assert again.place_of(msgspec.convert({"group": "grp-1"}, type=_audience())) == "vn.15.04531"


def _audience() -> type:
    from devicelink.messages import Audience

    return Audience


def test_only_changed_plans_are_written_again(tmp_path: Path) -> None:
    world, snapshot = full_world(), Snapshot(tmp_path)
    snapshot.save(snapshot.take(world, 1))
    assert snapshot.take(world, 2)[1] == []
    world.file(Paper(typ="plan", subject="plan_set/ps-1", revision=8, jws="d.e.f"))
    assert [paper.revision for paper in snapshot.take(world, 3)[1]] == [8]


def test_damaged_plan_costs_only_that_plan_and_a_damaged_snapshot_is_no_snapshot(tmp_path: Path) -> None:
    world, snapshot = full_world(), Snapshot(tmp_path)
    snapshot.save(snapshot.take(world, 1))
    next((tmp_path / "plans").iterdir()).write_bytes(b"{")
    again = World()
    assert Snapshot(tmp_path).load(again)
    assert again.paper("plan", "plan_set/ps-1") is None
    (tmp_path / "state.json").write_bytes(b"{")
    assert not Snapshot(tmp_path).load(World())


def test_whatever_bytes_of_the_snapshot_are_spoilt_the_gateway_starts(tmp_path: Path) -> None:
    world, snapshot = full_world(), Snapshot(tmp_path)
    snapshot.save(snapshot.take(world, 1))
    for file in (tmp_path / "state.json", next((tmp_path / "plans").iterdir())):
        whole = file.read_bytes()
        for at in range(len(whole)):
            file.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
            Snapshot(tmp_path).load(World())
            file.write_bytes(whole[:at])
            Snapshot(tmp_path).load(World())
        file.write_bytes(whole)


def test_device_with_a_key_that_nobody_can_read_keeps_out_only_itself() -> None:
    world = full_world()
    world.put(Member(id="spk-2", public="không phải khóa", state="placed", path="vn.15.04531"))
    assert world.public_of("spk-1") is not None
    assert world.public_of("spk-2") is None
