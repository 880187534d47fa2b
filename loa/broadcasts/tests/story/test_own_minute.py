"""The storm of the province meets Lan's own urgent item, which is approved for a minute of its own: she orders the two.

Lan's item gives way as far as its approval lets it (half an hour); one that was approved for its minute alone keeps it.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing, Schedule
from loa.broadcasts.queries import inbox, rooms
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.times import When, midnight
from loa.broadcasts.tests.conftest import Station, TestSigner, approval, at
from loa.broadcasts.tests.story.conftest import fresh, propose, refusal, seen, write
from loa.broadcasts.tests.story.test_from_above import STORM, World, own_item
from loa.broadcasts.tests.story.test_from_above import world as world
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.clock import to_ms

pytestmark = pytest.mark.django_db
CHILD = "Tìm trẻ lạc"


def own_minute(world: World, title: str = CHILD, minute: str = "17:00", seconds: float = 60) -> Schedule:
    """Lan's own urgent item at this minute, approved by Thành."""
    bulletin = write(world.cast, title, seconds, priority="priority")
    propose(world.cast, bulletin, When("once", world.today, (minute,)))
    actions.submit(actor=world.cast.lan, bulletin_id=bulletin.pk, now=world.cast.now)
    actions.approve(actor=world.cast.thanh, seen=seen(world.cast, bulletin_id=bulletin.pk), now=world.cast.now)
    return fresh(Schedule.objects.get(bulletin=bulletin))


def fixed_for_good(world: World, schedule: Schedule) -> Schedule:
    """The same, approved for its minute and not a second later."""
    schedule.slack_s = 0
    schedule.approval = approval(world.cast, schedule, targets.Target())
    schedule.save()
    return fresh(schedule)


def heard(world: World, station: Station, signer: TestSigner, now: datetime | None = None) -> list[tuple[str, str]]:
    """What a loudspeaker is told, in order: when and what; the week's page says the very same."""
    compiler.compile_plans(signer=signer, now=now or world.cast.now)
    told = [(clock.local(clock.from_ms(one.start)).strftime("%H:%M:%S"), one.title) for one in station.plan(1).airings]
    rows = rooms.occurrences(
        world.cast.quy_mong, midnight(world.today), midnight(world.today) + timedelta(days=1), now=now or world.cast.now
    )
    assert [(f"{clock.local(row.span.start):%H:%M:%S}", row.version.title) for row in rows] == sorted(told)
    return sorted(told)


def order(world: World, *schedules: UUID | None) -> None:
    facts: dict[str, Any] = {"actor": world.cast.lan, "programme_id": world.home.pk, "day": world.today}
    actions.put_in_order(**facts, order=[pk for pk in schedules if pk], now=world.cast.now)


def test_until_somebody_says_otherwise_the_province_is_first_and_lan_s_follows_at_once(
    world: World, station: Station, signer: TestSigner
) -> None:
    own = own_minute(world)
    assert heard(world, station, signer) == [("17:00:00", CHILD)]
    delivery = world.at_home(world.send(seconds=90))
    assert delivery.moves == [f"20/08: “{CHILD}” lùi lại một chút vì tin ưu tiên của cấp trên phát trước."]
    (clash,) = inbox.unordered(world.cast.quy_mong, world.cast.now)
    assert [(one.title, one.above, one.gave_way) for one in clash.items] == [(STORM, True, False), (CHILD, False, True)]
    assert clash.items[1].latest == at(world.cast, 17, 30)
    assert heard(world, station, signer) == [("17:00:00", STORM), ("17:01:30", CHILD)]
    airing = Airing.objects.get(schedule=own)
    assert (airing.start, airing.latest) == (at(world.cast, 17, 1) + timedelta(seconds=30), at(world.cast, 17, 30))


def test_lan_puts_hers_first_then_the_province_s_again(world: World, station: Station, signer: TestSigner) -> None:
    own = own_minute(world)
    theirs = world.at_home(world.send()).schedule_id
    order(world, own.pk, theirs)
    assert heard(world, station, signer) == [("17:00:00", CHILD), ("17:01:00", STORM)]
    assert inbox.unordered(world.cast.quy_mong, world.cast.now) == []
    order(world, theirs, own.pk)
    assert heard(world, station, signer) == [("17:00:00", STORM), ("17:01:00", CHILD)]


def test_an_item_in_the_middle_of_the_session_comes_first_and_the_others_fill_the_time(
    world: World, station: Station, signer: TestSigner
) -> None:
    own = own_minute(world, minute="17:10")
    own_item(world, "Tạm ngừng cấp nước", 120)
    theirs = world.at_home(world.send()).schedule_id
    assert heard(world, station, signer)[0] == ("17:00:00", STORM), "there is room for both: nobody gives way"
    order(world, own.pk, theirs)
    assert heard(world, station, signer) == [
        ("17:00:00", "Tạm ngừng cấp nước"), ("17:10:00", CHILD), ("17:11:00", STORM),
    ]  # fmt: skip


def test_of_three_each_comes_in_its_place(world: World, station: Station, signer: TestSigner) -> None:
    own = own_minute(world)
    floats = own_item(world, "Họp thôn khẩn", priority="priority")
    theirs = world.at_home(world.send()).schedule_id
    order(world, floats.pk, own.pk, theirs)
    assert [title for _, title in heard(world, station, signer)] == ["Họp thôn khẩn", CHILD, STORM]
    order(world, theirs, own.pk, floats.pk)
    assert [title for _, title in heard(world, station, signer)] == [STORM, CHILD, "Họp thôn khẩn"]


def test_what_was_approved_for_its_minute_alone_keeps_it_and_says_so(
    world: World, station: Station, signer: TestSigner
) -> None:
    own = fixed_for_good(world, own_minute(world))
    theirs = world.at_home(world.send()).schedule_id
    assert heard(world, station, signer) == [("17:00:00", CHILD), ("17:01:00", STORM)]
    told = refusal(lambda: order(world, theirs, own.pk))
    assert told.code == "own_minute"
    assert told.message.startswith(f"“{CHILD}” của xã đã được duyệt phát lúc 17:00 đúng giờ đó, nên không xếp sau")
    own.refresh_from_db()
    assert own.position == 0, "nothing is kept of an order that cannot be"
    order(world, own.pk, theirs)
    assert inbox.unordered(world.cast.quy_mong, world.cast.now) == []


def test_what_has_begun_is_not_moved(world: World, station: Station, signer: TestSigner) -> None:
    own = own_minute(world)
    compiler.compile_plans(signer=signer, now=world.cast.now)
    begun = at(world.cast, 17) + timedelta(seconds=20)
    theirs = world.at_home(world.send())
    assert theirs.schedule is not None
    row = Airing.objects.get(schedule=own)
    compiler.compile_plans(signer=signer, now=begun)
    row.refresh_from_db()
    assert row.start == at(world.cast, 17)
    assert station.plan(1).airings[-1].start >= to_ms(at(world.cast, 17, 1))


def test_without_anything_from_above_nothing_of_the_commune_moves(
    world: World, station: Station, signer: TestSigner, neighbour: Device
) -> None:
    own_minute(world)
    own_item(world, "Họp thôn khẩn", priority="priority")
    assert heard(world, station, signer) == [("17:00:00", CHILD), ("17:01:00", "Họp thôn khẩn")]
    assert inbox.clashes(world.cast.quy_mong, world.cast.now) == []


def test_the_page_says_whose_minute_it_is_and_how_late_it_may_be(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.cast.now)
    own = own_minute(world)
    theirs = world.at_home(world.send()).schedule_id
    client.force_login(world.cast.lan)
    assert "có 2 tin ưu tiên" in client.get("/hom-nay/").content.decode()
    address = f"/tin-cap-tren/thu-tu/{world.home.pk}/{world.today}/"
    page = client.get(address).content.decode()
    assert "Nhường tin phát trước: giờ đã duyệt 17:00, được lùi đến 17:30." in page
    client.post(address, {"order": [str(theirs), str(own.pk)], "up": str(own.pk)})
    assert "Giờ đã duyệt 17:00, được lùi đến 17:30." in client.get(address).content.decode()
    fixed_for_good(world, own)
    assert "Đã duyệt phát đúng 17:00, không lùi được." in client.get(address).content.decode()
    refused = client.post(address, {"order": [str(own.pk), str(theirs)], "down": str(own.pk)})
    assert refused.status_code == 409
    assert "nên không xếp sau như vậy được" in refused.content.decode()


def test_the_approver_reads_how_late_it_may_be(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.cast.now)
    bulletin = write(world.cast, CHILD, 60, priority="priority")
    propose(world.cast, bulletin, When("once", world.today, ("17:00",)))
    actions.submit(actor=world.cast.lan, bulletin_id=bulletin.pk, now=world.cast.now)
    client.force_login(world.cast.thanh)
    page = client.get(f"/duyet/{bulletin.pk}/").content.decode()
    assert "muộn nhất 30 phút so với giờ đã hẹn, khi nhường tin ưu tiên của cấp trên" in page
