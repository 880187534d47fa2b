"""Another release reaches real loudspeakers: two people, ring after ring; a bad one halts and goes back by itself."""

import re
from collections.abc import Iterator

import pytest

from tests.journeys import launched
from tests.journeys.launched import TRIAL_S, pack
from tests.journeys.running import Browser, Stack, until

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]

AREA = "vn.15.04543"
GOOD, BAD = "1.0.0", "1.1.0"
FIRST, SECOND = "thon_7", "thon_8"


@pytest.fixture(scope="module")
def son(stack: Stack) -> Browser:
    """The provincial technician, signed in."""
    return stack.browser("son")


@pytest.fixture(scope="module")
def bao(stack: Stack) -> Browser:
    """The administrator, signed in."""
    return stack.browser("bao")


@pytest.fixture(scope="module")
def group(stack: Stack) -> Iterator[str]:
    """Both loudspeakers are on the line; the id of the group that goes first: thôn 7 alone."""
    with launched.hung(stack):
        yield stack.desk.do("group_of", device=stack.devices[FIRST], name="Đi trước")


@pytest.fixture(scope="module")
def good(stack: Stack, group: str, son: Browser, bao: Browser, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A release that works, all the way; the rollout."""
    stack.desk.do("add_release", version=GOOD, folder=str(pack(tmp_path_factory.mktemp("good") / "w", GOOD)))
    rollout = begun(stack, son, bao, GOOD, group)
    moved(stack, rollout, "done")
    return rollout


@pytest.fixture(scope="module")
def bad(
    stack: Stack, good: str, group: str, son: Browser, bao: Browser, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The next one ends at once wherever it is started; the rollout."""
    folder = pack(tmp_path_factory.mktemp("bad") / "w", BAD, launched.crashing)
    stack.desk.do("add_release", version=BAD, folder=str(folder))
    rollout = begun(stack, son, bao, BAD, group)
    moved(stack, rollout, "halted")
    return rollout


def begun(stack: Stack, son: Browser, bao: Browser, version: str, group: str) -> str:
    """Proposed by the technician, who cannot approve it, and approved by the administrator; all on the pages."""
    release = stack.rows("select id from devices_release where version = %s", version)[0][0]
    page = son.post(
        f"/thiet-bi/phan-mem/moi/?don-vi={AREA}",
        release=str(release), groups=[group], shares="0, 100", threshold="98", soak_hours="0", words="Sửa lỗi",
    )  # fmt: skip
    assert "Quản trị viên duyệt" in page
    assert "/duyet/" not in page
    query = "select r.id from devices_rollout r join devices_release s on s.id = r.release_id where s.version = %s"
    rollout = str(stack.rows(query, version)[0][0])
    bao.get(f"/thiet-bi/phan-mem/{rollout}/")
    bao.post(f"/thiet-bi/phan-mem/{rollout}/duyet/")
    return rollout


def moved(stack: Stack, rollout: str, state: str) -> None:
    """The rings move until the rollout is in this state."""

    def look() -> bool:
        stack.desk.do("move_rollouts")
        return stack.rows("select state from devices_rollout where id = %s", rollout)[0][0] == state

    until(f"the rollout is {state}", look, 2 * TRIAL_S)


def runs(stack: Stack, name: str) -> str:
    """What the platform knows of the software of this loudspeaker."""
    query = "select agent from devices_devicestatus where device_id = %s"
    return str(stack.rows(query, stack.devices[name])[0][0]).rpartition("/")[2]


def members(stack: Stack, rollout: str) -> dict[str, tuple[int, str, str]]:
    """Ring, stand and reason by name of the loudspeaker."""
    query = "select device_id, ring, stand, reason from devices_rolloutmember where rollout_id = %s order by offered_at"
    names = {identifier: name for name, identifier in stack.devices.items()}
    return {names[row[0]]: row[1:] for row in stack.rows(query, rollout)}


def test_a_good_release_goes_from_ring_to_ring_and_stays(stack: Stack, good: str) -> None:
    assert members(stack, good) == {FIRST: (0, "done", ""), SECOND: (1, "done", "")}
    assert {runs(stack, name) for name in (FIRST, SECOND)} == {GOOD}
    assert [launched.active(stack, name) for name in (FIRST, SECOND)] == [("a", False)] * 2
    query = "select verb from audit_entry where object_kind = 'rollout' and object_id = %s order by id"
    assert [row[0] for row in stack.rows(query, good)] == [
        "rollout.proposed", "rollout.approved", "rollout.widened", "rollout.finished",
    ]  # fmt: skip


def test_the_second_ring_waited_for_the_first(stack: Stack, good: str) -> None:
    query = "select device_id, extract(epoch from offered_at) from devices_rolloutmember where rollout_id = %s"
    offered = dict(stack.rows(query, good))
    first, second = (stack.devices[name] for name in (FIRST, SECOND))
    proved = stack.rows(
        "select extract(epoch from at) from audit_entry where verb = 'rollout.widened' and object_id = %s", good
    )[0][0]
    assert offered[first] < proved <= offered[second]


def test_a_bad_release_halts_by_itself_and_the_old_one_runs_again(stack: Stack, bad: str, son: Browser) -> None:
    assert members(stack, bad) == {FIRST: (0, "failed", "crashed")}
    until("thôn 7 is back", lambda: stack.status(FIRST)["connected"])
    assert [runs(stack, name) for name in (FIRST, SECOND)] == [GOOD, GOOD]
    assert launched.active(stack, FIRST) == ("a", False)
    page = son.get(f"/thiet-bi/phan-mem/{bad}/")
    assert "Bản mới tự tắt khi chạy thử; loa đã quay lại bản cũ." in page


def test_a_loudspeaker_sends_its_log_to_whoever_asked_for_it(stack: Stack, bad: str, son: Browser) -> None:
    device = stack.devices[FIRST]
    son.get(f"/thiet-bi/{device}/nhat-ky/")
    son.post(f"/thiet-bi/{device}/nhat-ky/", reason="Vì sao bản mới tắt", lines="200")
    query = "select id from devices_logrequest where device_id = %s and answered_at is not null"
    asked = str(until_row(stack, query, device))
    page = son.get(f"/thiet-bi/nhat-ky/{asked}/")
    lines = page.partition("<pre")[2].partition("</pre>")[0]
    assert f"release {GOOD} works and stays" in lines
    assert not re.search(r"eyJ[\w-]{20,}", lines)  # no token


def until_row(stack: Stack, query: str, *values: object) -> object:
    until("the row is there", lambda: stack.rows(query, *values))
    return stack.rows(query, *values)[0][0]
