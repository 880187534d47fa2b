"""Lan reads the week on her telephone and brings in sessions from a file; hostile files cost nothing."""

import time as stopwatch
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from icalendar import Calendar, Component
from icalendar.prop import vDDDLists, vRecur

from loa.broadcasts.models import CalendarFeed, Programme, SessionChange
from loa.broadcasts.rules import ical
from loa.broadcasts.tests.conftest import Station, on_air
from loa.kernel import clock
from loa.kernel.clock import local
from tests.cast import Cast


@pytest.fixture(autouse=True)
def ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)


@pytest.fixture
def afternoon(cast: Cast) -> Programme:
    return Programme.objects.create(
        area=cast.quy_mong, name="Buổi chiều", starts=time(17), minutes=30, weekdays=[1, 3, 5]
    )


def event(*lines: str, start: str = "20260824T050000", end: str = "20260824T053000") -> str:
    body = (f"DTSTART;TZID=Asia/Ho_Chi_Minh:{start}", f"DTEND;TZID=Asia/Ho_Chi_Minh:{end}", *lines)
    return "\r\n".join(("BEGIN:VEVENT", "UID:1", *body, "END:VEVENT"))


def calendar(*events: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *events, "END:VCALENDAR", "")).encode()


def weekdays(found: Component) -> list[str]:
    """The days of the week on which it comes again."""
    rule = found["rrule"]
    assert isinstance(rule, vRecur)
    return [str(day) for day in rule["BYDAY"]]


def days(found: Component, name: str) -> list[date]:
    """The local days of the starts that `name` (EXDATE, RDATE) lists."""
    listed = found[name]
    assert isinstance(listed, vDDDLists)
    return list(_local_days(one.dt for one in listed.dts))


def _local_days(values: Iterable[object]) -> Iterable[date]:
    for value in values:
        assert isinstance(value, datetime)
        yield local(value).date()


WEEKLY = event("SUMMARY:Buổi sáng", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE")


def test_a_session_of_the_week_is_understood() -> None:
    [found] = ical.read(calendar(WEEKLY))
    assert (found.name, found.starts, found.minutes, found.weekdays, found.why) == (
        "Buổi sáng",
        time(5),
        30,
        (1, 3),
        "",
    )
    [utc] = ical.read(
        calendar(
            "BEGIN:VEVENT\r\nSUMMARY:S\r\nDTSTART:20260823T220000Z\r\nDURATION:PT20M\r\n"
            "RRULE:FREQ=WEEKLY;BYDAY=SU\r\nEND:VEVENT"
        )
    )
    assert (utc.starts, utc.minutes, utc.weekdays) == (time(5), 20, (1,))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("SUMMARY:Một lần",), "một lần"),
        (("RRULE:FREQ=MONTHLY;BYDAY=1MO",), "không phải hằng ngày"),
        (("RRULE:FREQ=SECONDLY",), "không phải hằng ngày"),
        (("RRULE:FREQ=WEEKLY;INTERVAL=2",), "cách tuần"),
        (("RRULE:FREQ=WEEKLY;UNTIL=20270101T000000Z",), "ngày kết thúc"),
        (("RRULE:FREQ=DAILY", "RDATE:20260825T050000"), "danh sách ngày"),
    ],
)
def test_what_no_session_can_be_is_told_why(lines: tuple[str, ...], reason: str) -> None:
    [found] = ical.read(calendar(event(*lines)))
    assert reason in found.why


def test_a_session_of_ten_hours_is_none() -> None:
    [found] = ical.read(calendar(event("RRULE:FREQ=DAILY", end="20260824T150000")))
    assert "4 tiếng" in found.why


def refusal(content: bytes) -> str:
    """Why nothing of it is taken."""
    try:
        return " ".join(row.why for row in ical.read(content))
    except ical.BadCalendar as error:
        return str(error)


BOMB = (
    "BEGIN:VTIMEZONE\r\nTZID:Bomb\r\nBEGIN:STANDARD\r\nDTSTART:19000101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
    "TZOFFSETFROM:+0700\r\nTZOFFSETTO:+0700\r\nEND:STANDARD\r\nEND:VTIMEZONE"
)


@pytest.mark.parametrize(
    "content",
    [
        b"x" * (50 * 1024 * 1024),
        calendar(*["RRULE:FREQ=SECONDLY"] * 1_000),
        calendar(*[WEEKLY] * 1_000),
        calendar(*["BEGIN:X"] * 500),
        calendar(event("SUMMARY:" + "a" * 5_000)),
        b"\xff\xfe\x00BEGIN:VCALENDAR",
        b"BEGIN:VCALENDAR\r\n\xff\r\nEND:VCALENDAR",
        b"",
        calendar(),
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:junk\r\n",
    ],
    ids=["50 MB", "rules", "events", "depth", "line", "binary", "bytes", "empty", "nothing", "cut off"],
)
def test_hostile_files_are_refused_at_once(content: bytes) -> None:
    began = stopwatch.process_time()
    assert refusal(content)
    assert stopwatch.process_time() - began < 2


def test_a_zone_that_never_ends_is_not_unrolled() -> None:
    began = stopwatch.process_time()
    [found] = ical.read(calendar(BOMB, WEEKLY.replace("Asia/Ho_Chi_Minh", "Bomb")))
    assert (found.starts, found.weekdays) == (time(5), (1, 3))
    assert stopwatch.process_time() - began < 2


def test_the_file_says_sessions_their_exceptions_and_what_is_approved(
    client: Client, cast: Cast, afternoon: Programme
) -> None:
    on_air(cast, "Họp thôn", "17:03")
    friday = local(cast.now).date() + timedelta(days=1)
    SessionChange.objects.create(programme=afternoon, day=friday, dropped=True, made_by=cast.lan, made_at=cast.now)
    SessionChange.objects.create(
        programme=afternoon, day=friday + timedelta(days=3), starts=time(17, 30), made_by=cast.lan, made_at=cast.now
    )
    client.force_login(cast.lan)
    answer = client.get("/lich-phat/ung-dung/lich-phat.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    found = Calendar.from_ical(answer.content)
    assert [zone["tzid"] for zone in found.walk("VTIMEZONE")] == ["Asia/Ho_Chi_Minh"]
    session, moved = (one for one in found.walk("VEVENT") if one["uid"] == f"{afternoon.pk}@loa")
    assert weekdays(session) == ["MO", "WE", "FR"]
    assert days(session, "exdate") == [friday]
    assert f"{local(moved.decoded('dtstart')):%d %H:%M}" == f"{friday + timedelta(days=3):%d} 17:30"
    names = {str(one["uid"]) for one in found.walk("VEVENT")}
    again = Calendar.from_ical(client.get("/lich-phat/ung-dung/lich-phat.ics").content)
    assert {str(one["uid"]) for one in again.walk("VEVENT")} == names
    assert any(str(one["summary"]) == "Họp thôn" for one in found.walk("VEVENT"))


def test_a_season_is_a_list_of_days(client: Client, cast: Cast, afternoon: Programme) -> None:
    Programme.objects.filter(pk=afternoon.pk).update(season_from="08-01", season_to="08-31")
    client.force_login(cast.lan)
    found = Calendar.from_ical(client.get(f"/lich-phat/ung-dung/lich-phat.ics?buoi={afternoon.pk}").content)
    [session] = found.walk("VEVENT")
    assert "rrule" not in session
    assert {day.month for day in days(session, "rdate")} == {8}


def test_a_private_address_is_read_without_signing_in_until_it_is_revoked(
    client: Client, cast: Cast, afternoon: Programme
) -> None:
    client.force_login(cast.lan)
    page = client.post("/lich-phat/ung-dung/", {"do": "share", "name": "Điện thoại"}).content.decode()
    address = page.split('value="http://testserver')[1].split('"')[0]
    row = CalendarFeed.objects.get()
    assert row.key not in address
    assert address not in client.get("/lich-phat/ung-dung/").content.decode()
    stranger = Client()
    assert "Buổi chiều" in stranger.get(address).content.decode()
    row.refresh_from_db()
    assert row.read_at == cast.now
    assert stranger.get("/lich/unknown.ics").status_code == 404
    client.force_login(cast.mai)
    assert client.post(f"/lich-phat/ung-dung/{row.pk}/thu-hoi/").status_code == 404
    client.force_login(cast.lan)
    assert client.post(f"/lich-phat/ung-dung/{row.pk}/thu-hoi/").status_code == 302
    assert stranger.get(address).status_code == 404


def test_a_person_who_left_takes_the_address_along(client: Client, cast: Cast, afternoon: Programme) -> None:
    client.force_login(cast.lan)
    page = client.post("/lich-phat/ung-dung/", {"do": "share", "name": "Điện thoại"}).content.decode()
    address = page.split('value="http://testserver')[1].split('"')[0]
    cast.lan.is_active = False
    cast.lan.save()
    assert Client().get(address).status_code == 404


def test_sessions_come_in_after_a_look_and_only_those_that_fit(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    night = event("SUMMARY:Nửa đêm", "RRULE:FREQ=DAILY", start="20260824T031500", end="20260824T033000")
    content = calendar(WEEKLY, night, event("SUMMARY:Trùng", "RRULE:FREQ=WEEKLY;BYDAY=MO"))
    file = SimpleUploadedFile("lich.ics", content)
    page = client.post("/lich-phat/ung-dung/", {"do": "look", "file": file}).content.decode()
    assert "không phát trước 05:00" in page
    assert "trùng giờ với Buổi sáng" in page
    assert Programme.objects.count() == 0
    assert client.post("/lich-phat/ung-dung/", {"do": "take", "content": content.decode()}).status_code == 302
    assert [(row.name, row.weekdays) for row in Programme.objects.all()] == [("Buổi sáng", [1, 3])]
    again = client.post("/lich-phat/ung-dung/", {"do": "take", "content": content.decode()})
    assert again.status_code == 422
    assert Programme.objects.count() == 1


def test_the_neighbour_brings_nothing_into_our_week(client: Client, cast: Cast, afternoon: Programme) -> None:
    client.force_login(cast.mai)
    assert client.get(f"/lich-phat/ung-dung/lich-phat.ics?buoi={afternoon.pk}").status_code == 404
    assert client.get("/lich-phat/ung-dung/lich-phat.ics?buoi=x").status_code == 404
