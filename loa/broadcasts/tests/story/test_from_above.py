"""20 August, ten to five: a storm comes, and the province sends it down. What the communes make of it, and who learns.

Đỗ Minh Anh writes, Phạm Thu Hằng of the same department approves; Lan and Mai have their own sessions at five.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.models import Airing, Delivery, Programme, Schedule, Sending, State
from loa.broadcasts.queries import inbox, sendings
from loa.broadcasts.rules.deliveries import State as How
from loa.broadcasts.rules.rundowns import Kind
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station, TestSigner, at, sound
from loa.broadcasts.tests.story.conftest import fresh, propose, refusal, seen, write
from loa.broadcasts.tests.test_today import swear, words
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Draft
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Denied, NotFound
from loa.people.models import Role, RoleGrant, User
from tests.cast import SINCE, Cast

pytestmark = pytest.mark.django_db
STORM = "Bão số 5 đi vào đất liền"


@dataclass(slots=True)
class World:
    """The province with its approver, two communes with their afternoon sessions."""

    cast: Cast
    hang: User
    home: Programme
    there: Programme
    today: Any

    def write(self, title: str = STORM, *, priority: str = "priority", seconds: float = 60) -> Bulletin:
        cast = self.cast
        own = sound(cast, seconds, cast.lao_cai)
        draft = Draft(title=title, text=title, spoken=title, sound=own.pk, category="livelihood", priority=priority)
        return bulletins.create_draft(
            actor=cast.minh_anh, bulletin_id=uuid.uuid4(), area=cast.lao_cai, draft=draft, now=cast.now
        )

    def ask(self, title: str = STORM, *, days: int = 3, target: tuple[str, ...] = (), **more: Any) -> Sending:
        bulletin = self.write(title, **more)
        return actions.ask_sending(
            actor=self.cast.minh_anh, sending_id=uuid.uuid4(), bulletin_id=bulletin.pk, target=target,
            first_day=self.today, last_day=self.today + timedelta(days=days - 1), now=self.cast.now,
        )  # fmt: skip

    def approve(self, sending: Sending) -> Sending:
        (request,) = sendings.waiting(self.cast.lao_cai, self.cast.now, bulletin=sending.bulletin_id)
        return actions.approve_sending(actor=self.hang, sending_id=sending.pk, seen=request.digest, now=self.cast.now)

    def send(self, title: str = STORM, **more: Any) -> Sending:
        sending = self.approve(self.ask(title, **more))
        actions.enter_due(now=self.cast.now)
        return sending

    def states(self, sending: Sending, now: datetime | None = None) -> dict[str, How]:
        return {row.delivery.area.name: row.state for row in sendings.table(sending, now or self.cast.now)}

    def at_home(self, sending: Sending) -> Delivery:
        return sendings.deliveries().get(sending=sending, area=self.cast.quy_mong)

    def at_neighbours(self, sending: Sending) -> Delivery:
        return sendings.deliveries().get(sending=sending, area=self.cast.tran_yen)


def session(cast: Cast, actor: User, area: Any, minutes: int = 30) -> Programme:
    made = actions.save_programme(
        actor=actor, area=area, name="Buổi chiều", starts=time(17), minutes=minutes, weekdays=range(1, 8), now=cast.now
    )
    parts = [actions.Wanted(Kind.BULLETINS, "Bản tin", minutes)]
    actions.save_rundown(actor=actor, programme_id=made.pk, items=parts, now=cast.now)
    return made


@pytest.fixture
def world(cast: Cast, station: Station, neighbour: Device) -> World:
    hang = User.objects.create(username="hang", full_name="Phạm Thu Hằng", position="Phó Giám đốc Sở", password="!")
    RoleGrant.objects.create(user=hang, role=Role.APPROVER, area=cast.lao_cai, starts=SINCE)
    home = session(cast, cast.lan, cast.quy_mong)
    there = session(cast, cast.mai, cast.tran_yen)
    return World(cast, hang, home, there, local(cast.now).date())


def own_item(world: World, title: str, seconds: float = 60, *, minutes: int = 0, priority: str = "normal") -> Schedule:
    """Lan's own item of this afternoon, approved by Thành so many minutes later."""
    now = world.cast.now + timedelta(minutes=minutes)
    bulletin = write(world.cast, title, seconds, priority=priority)
    propose(world.cast, bulletin, When("once", world.today), programme_id=world.home.pk)
    actions.submit(actor=world.cast.lan, bulletin_id=bulletin.pk, now=now)
    actions.approve(actor=world.cast.thanh, seen=seen(world.cast, bulletin_id=bulletin.pk), now=now)
    return fresh(Schedule.objects.get(bulletin=bulletin))


def test_a_priority_bulletin_enters_the_next_session_of_each_commune_by_itself_and_first(
    world: World, station: Station, signer: TestSigner
) -> None:
    own_item(world, "Tạm ngừng cấp nước", 52)
    sending = world.send()
    assert world.states(sending) == {"Quy Mông": How.SCHEDULED, "Trấn Yên": How.SCHEDULED}
    compiler.compile_plans(signer=signer, now=world.cast.now)
    assert station.titles(1) == [STORM, "Tạm ngừng cấp nước"]
    storm, water = station.plan(1).airings
    assert (storm.level, storm.priority, storm.start) == ("province", "priority", to_ms(at(world.cast, 17)))
    assert water.start >= storm.start + 60_000
    row = next(row for row in sendings.table(sending, world.cast.now) if row.delivery.area == world.cast.quy_mong)
    assert row.starts == at(world.cast, 17)


def test_the_commune_approves_nothing_again_and_the_signer_finds_the_province_s_own_permit(world: World) -> None:
    sending = world.send()
    schedule = world.at_home(sending).schedule
    assert schedule is not None
    assert (schedule.state, schedule.approval) == (State.APPROVED, sending.approval)
    assert seen(world.cast) == {}
    with connection.cursor() as cursor:
        asked = (
            "select approver_may, revoked, permit->>'area', permit->>'level' from signer_permits where approval = %s"
        )
        cursor.execute(asked, [schedule.approval_id])
        assert cursor.fetchall() == [(True, False, "vn.15", "province")]


def test_who_chose_the_communes_does_not_let_it_go_and_what_was_seen_is_what_goes(world: World) -> None:
    sending = world.ask()
    assert (
        refusal(
            lambda: actions.approve_sending(actor=world.hang, sending_id=sending.pk, seen="0" * 64, now=world.cast.now)
        ).code
        == "changed"
    )
    with pytest.raises(Denied):
        actions.approve_sending(actor=world.cast.minh_anh, sending_id=sending.pk, seen="", now=world.cast.now)
    with pytest.raises(NotFound):
        actions.approve_sending(actor=world.cast.thanh, sending_id=sending.pk, seen="", now=world.cast.now)
    assert not Delivery.objects.exists()


def test_lan_s_own_priority_item_and_the_province_s_are_put_in_order_by_lan(
    world: World, station: Station, signer: TestSigner
) -> None:
    """The province's stands first until she says otherwise, and nothing is lost."""
    own = own_item(world, "Họp thôn khẩn", priority="priority")
    delivery = world.at_home(world.send())
    (clash,) = inbox.unordered(world.cast.quy_mong, world.cast.now)
    assert [(one.title, one.above) for one in clash.items] == [(STORM, True), ("Họp thôn khẩn", False)]
    assert clash.until == at(world.cast, 16, 55)
    mine, theirs = own.pk, delivery.schedule_id
    assert theirs is not None
    order: dict[str, Any] = {"actor": world.cast.lan, "programme_id": world.home.pk, "day": world.today}
    actions.put_in_order(**order, order=[mine, theirs], now=world.cast.now)
    compiler.compile_plans(signer=signer, now=world.cast.now)
    assert station.titles(1) == ["Họp thôn khẩn", STORM]
    assert inbox.unordered(world.cast.quy_mong, world.cast.now) == []
    late = at(world.cast, 16, 56)
    assert refusal(lambda: actions.put_in_order(**order, order=[theirs, mine], now=late)).code == "too_late"
    assert refusal(lambda: actions.put_in_order(**order, order=[mine], now=world.cast.now)).code == "changed"
    again = own_item(world, "Tìm trẻ lạc", minutes=2, priority="priority")
    (asked,) = inbox.unordered(world.cast.quy_mong, at(world.cast, 16, 53))
    assert again.pk in {one.schedule.pk for one in asked.items}


def test_mai_refuses_a_normal_one_for_a_funeral_and_anh_reads_why(world: World) -> None:
    sending = world.send("Tiêm phòng dại", priority="normal")
    assert world.states(sending) == {"Quy Mông": How.ACCEPTED, "Trấn Yên": How.ACCEPTED}
    theirs = world.at_neighbours(sending)
    told: dict[str, Any] = {"actor": world.cast.mai, "delivery_id": theirs.pk, "now": world.cast.now}
    assert refusal(lambda: actions.refuse(**told, code="other", words=" ")).code == "reason"
    actions.refuse(**told, code="funeral", words="Ông Hà ở thôn 2")
    row = next(row for row in sendings.table(sending, world.cast.now) if row.state is How.REFUSED)
    assert (row.delivery.code, row.delivery.reason) == ("funeral", "Địa phương đang có việc tang. Ông Hà ở thôn 2")
    assert row.delivery.answered_by == world.cast.mai
    with pytest.raises(NotFound):
        actions.refuse(**{**told, "actor": world.cast.lan}, code="funeral", words="")
    storm = world.at_neighbours(world.send())
    assert (
        refusal(lambda: actions.refuse(**{**told, "delivery_id": storm.pk}, code="full", words="")).code == "priority"
    )


def test_lan_chooses_a_session_for_a_normal_one_and_another_one_later(world: World) -> None:
    sending = world.send("Tiêm phòng dại", priority="normal")
    delivery = world.at_home(sending)
    assert delivery in inbox.waiting(world.cast.quy_mong, world.cast.now)
    chosen: dict[str, Any] = {
        "actor": world.cast.lan,
        "delivery_id": delivery.pk,
        "programme_id": world.home.pk,
        "now": world.cast.now,
    }
    actions.choose(**chosen, day=world.today)
    tomorrow = world.today + timedelta(days=1)
    moved = actions.choose(**chosen, day=tomorrow)
    assert moved.schedule is not None
    assert moved.schedule.first_day == tomorrow
    assert Schedule.objects.filter(bulletin=sending.bulletin_id, state=State.ENDED).count() == 1
    assert sending.approval is not None
    sending.approval.refresh_from_db()
    assert sending.approval.revoked_at is None, "the other communes go on"
    beyond = sending.last_day + timedelta(days=1)
    assert refusal(lambda: actions.choose(**chosen, day=beyond)).code == "outside_days"
    elsewhere = {**chosen, "programme_id": world.there.pk}
    with pytest.raises(NotFound):
        actions.choose(**elsewhere, day=tomorrow)


def test_it_cannot_be_moved_or_ended_by_the_pages_of_the_commune_s_own(world: World) -> None:
    schedule = world.at_home(world.send()).schedule
    assert schedule is not None
    facts: dict[str, Any] = {"actor": world.cast.lan, "schedule_id": schedule.pk, "now": world.cast.now}
    assert refusal(lambda: actions.end(**facts, reason="Thôi")).code == "from_above"
    assert refusal(lambda: actions.remove_airing(**facts, start=at(world.cast, 17))).code == "from_above"
    tomorrow = When("once", world.today + timedelta(days=1), ("17:00",))
    assert refusal(lambda: actions.change(**facts, when=tomorrow, target=Target())).code == "from_above"


def test_what_is_full_or_has_no_session_waits_and_says_why(world: World) -> None:
    actions.close_programme(actor=world.cast.mai, programme_id=world.there.pk, now=world.cast.now)
    sending = world.send(seconds=45 * 60)
    home, there = world.at_home(sending), world.at_neighbours(sending)
    assert (home.state, home.code) == ("accepted", "session_full")
    assert "Buổi chiều 20/08" in home.reason
    assert (there.state, there.code) == ("accepted", "no_session")
    assert set(inbox.waiting(world.cast.quy_mong, world.cast.now)) == {home}
    assert actions.enter_due(now=world.cast.now + timedelta(minutes=1)) == 0, "not every minute"
    later = world.cast.now + timedelta(minutes=30)
    session(world.cast, world.cast.mai, world.cast.tran_yen, 60)
    assert actions.enter_due(now=later) == 1
    assert world.at_neighbours(sending).state == "scheduled"


def test_what_moves_for_it_is_told(world: World) -> None:
    for number in range(3):
        own_item(world, f"Tin {number}", 9 * 60)
    delivery = world.at_home(world.send(seconds=5 * 60))
    assert delivery.state == "scheduled"
    assert [line.rpartition("” ")[2] for line in delivery.moves] == ["dồn sang buổi sau vì buổi này hết giờ."]


def test_the_proofs_tell_the_sender_how_many_heard_it(world: World, station: Station, signer: TestSigner) -> None:
    sending = world.send()
    compiler.compile_plans(signer=signer, now=world.cast.now)
    schedule = world.at_home(sending).schedule_id
    airing = Airing.objects.get(schedule=schedule)
    for number in range(1, 8):
        swear(world.cast, station.speakers[number], words(airing))
    after = at(world.cast, 18)
    home, there = sendings.table(sending, after)
    assert (home.state, home.share) == (How.PLAYED, "7/8 cụm")
    assert there.state is How.UNHEARD
    assert sendings.counts([home, there]) == {How.PLAYED: 1, How.UNHEARD: 1}


def test_taken_back_it_leaves_every_session_and_list_but_what_was_heard_stays(
    world: World, station: Station, signer: TestSigner
) -> None:
    sending = world.send()
    normal = world.send("Tiêm phòng dại", priority="normal")
    compiler.compile_plans(signer=signer, now=world.cast.now)
    airing = Airing.objects.get(schedule=world.at_home(sending).schedule_id)
    swear(world.cast, station.speakers[1], words(airing))
    taken: dict[str, Any] = {
        "actor": world.cast.minh_anh,
        "reason": "Bão đã tan",
        "now": world.cast.now + timedelta(minutes=12),
    }
    actions.take_back(sending_id=sending.pk, **taken)
    actions.take_back(sending_id=normal.pk, **taken)
    compiler.compile_plans(signer=signer, now=world.cast.now)
    assert STORM not in station.titles(2)
    assert world.states(sending) == {"Quy Mông": How.PLAYED, "Trấn Yên": How.WITHDRAWN}
    assert set(world.states(normal).values()) == {How.WITHDRAWN}
    delivery = world.at_home(normal)
    chosen: dict[str, Any] = {
        "actor": world.cast.lan,
        "delivery_id": delivery.pk,
        "programme_id": world.home.pk,
        "now": world.cast.now,
    }
    assert refusal(lambda: actions.choose(**chosen, day=world.today)).code == "withdrawn"
    assert inbox.waiting(world.cast.quy_mong, world.cast.now) == []


def test_withdrawing_the_bulletin_itself_reaches_the_communes_too(world: World) -> None:
    sending = world.send()
    actions.withdraw(actor=world.cast.minh_anh, bulletin_id=sending.bulletin_id, reason="Sai", now=world.cast.now)
    assert set(world.states(sending).values()) == {How.WITHDRAWN}
    schedule = world.at_home(sending).schedule
    assert schedule is not None
    assert schedule.state == State.ENDED


def test_what_nobody_answers_is_worth_a_reminder_and_runs_out(world: World) -> None:
    sending = world.send("Tiêm phòng dại", priority="normal", days=3)
    assert inbox.overdue(world.cast.now) == []
    tomorrow = world.cast.now + timedelta(days=1, minutes=1)
    assert {row.area for row in inbox.overdue(tomorrow)} == {world.cast.quy_mong, world.cast.tran_yen}
    over = world.cast.now + timedelta(days=3)
    assert set(world.states(sending, over).values()) == {How.EXPIRED}
    assert inbox.overdue(over) == []


def test_only_the_chosen_communes_get_it_and_a_commune_sends_nothing(world: World) -> None:
    sending = world.send(target=(world.cast.tran_yen.path,))
    assert list(world.states(sending)) == ["Trấn Yên"]
    own = write(world.cast)
    asked: dict[str, Any] = {
        "actor": world.cast.lan, "sending_id": uuid.uuid4(), "bulletin_id": own.pk, "target": (),
        "first_day": world.today, "last_day": world.today, "now": world.cast.now,
    }  # fmt: skip
    assert refusal(lambda: actions.ask_sending(**asked)).code == "not_above"


def test_returned_with_a_reason_it_asks_again_when_the_bulletin_is_handed_in_again(world: World) -> None:
    sending = world.ask()
    actions.return_sending(actor=world.hang, sending_id=sending.pk, reason="Thiếu giờ", now=world.cast.now)
    assert sendings.waiting(world.cast.lao_cai, world.cast.now) == []
    actions.submit(actor=world.cast.minh_anh, bulletin_id=sending.bulletin_id, now=world.cast.now)
    assert [one.sending for one in sendings.waiting(world.cast.lao_cai, world.cast.now)] == [sending]


def test_the_pages_lead_anh_hang_and_lan_through_it(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: world.cast.now)
    own_item(world, "Họp thôn khẩn", priority="priority")
    bulletin = world.write()
    client.force_login(world.cast.minh_anh)
    days = {"tu": f"{world.today:%d/%m/%Y}", "den": f"{world.today:%d/%m/%Y}", "ai": "tat-ca"}
    asked = client.post(f"/phat-xuong/moi/{bulletin.pk}/", days)
    assert asked.status_code == 302
    client.force_login(world.hang)
    page = client.get(f"/duyet/{bulletin.pk}/").content.decode()
    assert "Duyệt và gửi xuống 2 xã" in page
    (request,) = sendings.waiting(world.cast.lao_cai, world.cast.now)
    sent = client.post(f"/duyet/phat-xuong/{request.sending.pk}/", {"seen": request.digest})
    assert sent["Location"] == asked["Location"]
    actions.enter_due(now=world.cast.now)
    client.force_login(world.cast.lan)
    assert "Chưa ai xếp thứ tự" in client.get("/tin-cap-tren/").content.decode()
    assert "có 2 tin ưu tiên" in client.get("/hom-nay/").content.decode()
    address = f"/tin-cap-tren/thu-tu/{world.home.pk}/{world.today}/"
    assert client.get(address).content.decode().index(STORM) > 0
    (clash,) = inbox.clashes(world.cast.quy_mong, world.cast.now)
    names = [str(item.schedule.pk) for item in clash.items]
    assert client.post(address, {"order": names, "down": names[0]})["Location"] == address
    (after,) = inbox.clashes(world.cast.quy_mong, world.cast.now)
    assert [item.title for item in after.items] == ["Họp thôn khẩn", STORM]
    assert client.get(sent["Location"]).status_code == 404, "how others stand is the province's to see"
    client.force_login(world.cast.minh_anh)
    table = client.get(sent["Location"]).content.decode()
    assert "Xã Quy Mông" in table
    assert "Đã xếp lịch" in table
    assert client.get(sent["Location"], {"dang": "xlsx"}).content[:2] == b"PK"
    answer = client.get(f"/api/v1/sendings/{request.sending.pk}").json()
    assert {one["state"] for one in answer["answers"]} == {"scheduled"}
