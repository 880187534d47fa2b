"""Tiếp âm on the calendar: asked for by one, approved by another, told to each group in its own way."""

import uuid
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from devicelink.messages import Airing
from devicelink.permits import Permit, relay_digest
from django.test import Client

from loa.areas.codes import Effect
from loa.areas.models import Area, DayOff
from loa.broadcasts import actions
from loa.broadcasts import compile as compiler
from loa.broadcasts.actions.relaying import Wished, schedule_relay
from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.kinds.relays import NewRelay
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import asked, costs
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.changes.conftest import confirm, lines, see
from loa.broadcasts.tests.conftest import Station, TestSigner, at, sound
from loa.broadcasts.web.airing import relayed_words
from loa.bulletins.queries import submitted
from loa.devices.models import Device
from loa.kernel import clock
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Invalid, Refusal
from loa.media.models import Sound
from loa.relays import actions as relays
from loa.relays.actions import Entered
from loa.relays.models import RelaySource
from tests.cast import Cast, hear

VOV1 = Entered(
    name="VOV1", permission="Quyết định 12/QĐ-UBND", url="https://stream.vov.example/vov1", frequency_khz=102_700
)


def source_of(cast: Cast, entered: Entered = VOV1, area: Area | None = None) -> RelaySource:
    """The province gives it to all its communes."""
    return relays.add_source(actor=cast.minh_anh, area=area or cast.lao_cai, entered=entered, now=cast.now)


def spare_of(cast: Cast, **facts: object) -> Sound:
    """A jingle of the province: everybody below may hear it."""
    spare = sound(cast, 8, cast.lao_cai)
    Sound.objects.filter(pk=spare.pk).update(block="jingle", **facts)
    return spare


def wished(cast: Cast, source: RelaySource, **changes: object) -> Wished:
    today = local(cast.now).date()
    when = When(pattern="daily", first_day=today + timedelta(days=1), last_day=today + timedelta(days=90),
                times=("05:00",))  # fmt: skip
    return replace(Wished(source.pk, 30, when), **changes)  # type: ignore[arg-type]


def approved(cast: Cast, source: RelaySource, **changes: object) -> Schedule:
    """Lan asks for it, Thành approves it."""
    schedule = schedule_relay(
        actor=cast.lan, name=uuid.uuid4(), area=cast.quy_mong, wished=wished(cast, source, **changes), now=cast.now
    )
    fallback = source.fallback
    if fallback is not None and fallback.is_machine_voice:
        hear(cast.lan, fallback, cast.now)
    (schedule,) = actions.submit(actor=cast.lan, bulletin_id=schedule.bulletin_id, now=cast.now)
    version = submitted(schedule.bulletin)
    assert version is not None
    seen = asked.request_of(schedule, version, cast.now).digest
    (schedule,) = actions.approve(actor=cast.thanh, seen={schedule.pk: seen}, now=cast.now)
    return schedule


def told(cast: Cast, station: Station, signer: TestSigner, number: int = 1) -> tuple[Airing, ...]:
    compiler.compile_plans(signer=signer, now=cast.now)
    return station.plan(number).airings


def test_a_relay_is_asked_for_by_one_and_approved_by_another(cast: Cast, station: Station, signer: TestSigner) -> None:
    source = source_of(cast)
    approved(cast, source)
    airings = told(cast, station, signer)
    assert [airing.start for airing in airings] == [to_ms(at(cast, 5, days=n)) for n in range(1, 8)]
    first = airings[0]
    assert (first.duration, first.filling, first.parts, first.silent_after) == (30 * 60_000, True, (), 90_000)
    assert [relay.kind for relay in first.relays] == ["fm", "stream"]
    assert first.relays[0].frequency == 102_700
    assert first.relays[1].url.startswith(f"/relay/{source.pk}.")


def test_a_group_in_the_valley_takes_the_stream_alone(cast: Cast, station: Station, signer: TestSigner) -> None:
    approved(cast, source_of(cast))
    river = station.groups["Ven sông"]
    relays.choose_reception(actor=cast.lan, group_id=river.pk, ways=("stream",), now=cast.now)
    assert [relay.kind for relay in told(cast, station, signer, 4)[0].relays] == ["stream"]
    assert [relay.kind for relay in told(cast, station, signer, 1)[0].relays] == ["fm", "stream"]


def test_who_fetches_may_change_without_asking_again_another_address_may_not(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    source = source_of(cast)
    approved(cast, source)
    itself = replace(VOV1, fetch="device")
    relays.change_source(actor=cast.minh_anh, source_id=source.pk, entered=itself, now=cast.now)
    assert told(cast, station, signer)[0].relays[1].url == VOV1.url
    other = replace(VOV1, url="https://stream.other.example/")
    relays.change_source(actor=cast.minh_anh, source_id=source.pk, entered=other, now=cast.now)
    assert told(cast, station, signer) == ()


def test_what_stands_in_for_it_is_heard_and_approved_with_it(cast: Cast, station: Station, signer: TestSigner) -> None:
    spare = spare_of(cast)
    source = source_of(cast, replace(VOV1, fallback=spare.pk))
    schedule = approved(cast, source)
    (part,) = told(cast, station, signer)[0].parts
    assert part.sha256 == spare.sha256
    assert schedule.approval is not None
    schedule.approval.refresh_from_db()
    permit = msgspec.convert(schedule.approval.permit, Permit)
    assert permit.sounds == (spare.sha256,)
    assert permit.relay_ms == 30 * 60_000
    assert relay_digest(told(cast, station, signer)[0].relays[0]) in permit.relays


def test_no_music_stands_in_on_a_day_of_mourning(cast: Cast, station: Station, signer: TestSigner) -> None:
    tomorrow_is = local(cast.now).date() + timedelta(days=1)
    DayOff.objects.create(
        area=cast.vietnam, kind="mourning", effect=Effect.NO_MUSIC, name="Quốc tang", document="Thông báo",
        starts=tomorrow_is, ends=tomorrow_is,
    )  # fmt: skip
    spare = spare_of(cast, profile="music")
    approved(cast, source_of(cast, replace(VOV1, fallback=spare.pk)))
    tomorrow, after = told(cast, station, signer)[:2]
    assert (len(tomorrow.parts), len(after.parts)) == (0, 1)
    assert tomorrow.relays


def test_nobody_approves_a_relay_for_more_than_a_year(cast: Cast, station: Station) -> None:
    source = source_of(cast)
    long = wished(cast, source)
    for last in (None, long.when.first_day + timedelta(days=400)):
        with pytest.raises(Invalid) as refused:
            schedule_relay(
                actor=cast.lan, name=uuid.uuid4(), area=cast.quy_mong, now=cast.now,
                wished=replace(long, when=replace(long.when, last_day=last)),
            )  # fmt: skip
        assert refused.value.code == "too_far"


def test_a_relay_obeys_the_hours_like_anything_else(cast: Cast, station: Station) -> None:
    source = source_of(cast)
    night = replace(wished(cast, source).when, times=("03:15",))
    with pytest.raises(Refusal) as refused:
        schedule_relay(
            actor=cast.lan, name=uuid.uuid4(), area=cast.quy_mong, now=cast.now,
            wished=replace(wished(cast, source), when=night),
        )  # fmt: skip
    assert refused.value.code == "outside_hours"


def test_the_night_is_left_out_of_the_plan_whoever_writes_it_into_the_calendar(
    cast: Cast, station: Station, signer: TestSigner
) -> None:
    """As in 2025: the time of an approved relay is set to 03:15 past every page. What was approved is 05:00."""
    schedule = approved(cast, source_of(cast))
    Schedule.objects.filter(pk=schedule.pk).update(times=["03:15"])
    assert told(cast, station, signer) == ()


def test_the_neighbour_relays_what_the_province_gives_and_not_what_quy_mong_has(cast: Cast, station: Station) -> None:
    own = relays.add_source(actor=cast.lan, area=cast.quy_mong, entered=replace(VOV1, name="Đài xã"), now=cast.now)
    shared = source_of(cast)
    from loa.kernel.errors import NotFound
    from loa.relays.access import relay_for

    assert relay_for(cast.mai, shared.pk, cast.tran_yen, cast.now) == shared
    with pytest.raises(NotFound):
        relay_for(cast.mai, own.pk, cast.tran_yen, cast.now)


def test_lan_puts_a_relay_on_the_calendar_from_a_page(client: Client, cast: Cast, station: Station) -> None:
    source = source_of(cast)
    client.force_login(cast.lan)
    page = client.get("/lich-phat/tiep-am/").content.decode()
    assert "VOV1" in page
    tomorrow = local(clock.now()).date() + timedelta(days=1)
    fields = {
        "name": str(uuid.uuid4()), "source": str(source.pk), "starts": "5h", "minutes": "30",
        "weekdays": ["1", "2", "3", "4", "5", "6", "7"], "first_day": tomorrow.isoformat(),
        "last_day": (tomorrow + timedelta(days=60)).isoformat(), "groups": [station.groups["Ven sông"].pk],
    }  # fmt: skip
    refused = client.post("/lich-phat/tiep-am/", fields | {"starts": "3h15"})
    assert refused.status_code == 422
    assert "05:00" in refused.content.decode()
    shown = client.post("/lich-phat/tiep-am/", fields | {"name": str(uuid.uuid4())}).content.decode()
    assert "05:00" in shown
    assert "Tiếp âm VOV1" in shown
    assert not Schedule.objects.exists()
    assert confirm(client, shown).status_code == 302
    schedule = Schedule.objects.get(state="submitted")
    assert (schedule.filling, schedule.recurring_part, schedule.times) == (True, True, ["05:00"])


def test_what_a_relay_does_to_the_air_is_shown_kept_and_taken_back(cast: Cast, station: Station) -> None:
    wish = wished(cast, source_of(cast))
    change = NewRelay(
        area=cast.quy_mong.path, name=uuid.uuid4(), source=wish.source, minutes=wish.minutes, when=wish.when
    )
    shown = see(cast, change)
    (line,) = lines(shown)
    assert line.startswith("Tiếp âm VOV1: không phát → 05:00–05:30, 13 ngày")
    assert shown.waits_for == "approver"
    kept = keeping.keep(actor=cast.lan, change=change, token=shown.token, now=cast.now)
    assert Schedule.objects.get().state == "submitted"
    keeping.undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    assert Schedule.objects.get().state == "ended"


def test_a_relay_at_a_quarter_past_three_is_shown_and_refused(cast: Cast, station: Station) -> None:
    wish = wished(cast, source_of(cast))
    change = NewRelay(
        area=cast.quy_mong.path, name=uuid.uuid4(), source=wish.source, minutes=wish.minutes,
        when=replace(wish.when, times=("03:15",)),
    )  # fmt: skip
    shown = see(cast, change)
    assert (shown.token, shown.refusal and shown.refusal.code) == ("", "outside_hours")
    assert lines(shown)[0].startswith("Tiếp âm VOV1: không phát → 03:15–03:45")


def test_the_cost_of_the_calendar_stands_against_the_budget_of_each_sim(
    client: Client, cast: Cast, station: Station, signer: TestSigner
) -> None:
    approved(cast, source_of(cast))
    river = station.groups["Ven sông"]
    relays.choose_reception(actor=cast.lan, group_id=river.pk, ways=("stream",), now=cast.now)
    Device.objects.filter(pk=station.speakers[4].pk).update(monthly_mb=100)
    told(cast, station, signer)
    found = {row.device.number: row for row in costs.expected(cast.quy_mong, cast.now)}
    assert found[1].mb == 60  # FM costs nothing: only what keeps it in touch
    assert found[1].relay_minutes == found[4].relay_minutes == 7 * 30
    assert found[4].mb == pytest.approx(60 + 30 * 30 * 60 * 36 / 8 / 1000 * 1.06, abs=2)
    assert found[4].over
    client.force_login(cast.lan)
    assert "Hạn mức SIM" in client.get("/lich-phat/dung-luong/").content.decode()


def test_people_read_of_what_a_relay_was_made() -> None:
    parts = [{"source": "a", "ms": 1_500_000}, {"source": "fallback", "ms": 300_000, "cause": "gone"}]
    assert relayed_words(parts) == "Tiếp âm 25 phút, tiếng thay thế 5 phút (nguồn bị ngắt)"
    assert relayed_words(parts[:1]) == ""
    assert relayed_words([]) == ""
