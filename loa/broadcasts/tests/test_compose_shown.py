"""What stands beside "Gửi duyệt" is what is sent: whatever came between is shown first, and nothing is sent until it
was."""

import uuid
from typing import Any

import pytest
from django.test import Client

from loa.broadcasts.models import KeptChange, Programme, Schedule, State
from loa.broadcasts.tests.conftest import Station, on_air
from loa.broadcasts.tests.test_air_pages import token_in
from loa.broadcasts.tests.test_compose_pages import evening, fields, ready, ten_to_five
from loa.bulletins.models import Bulletin
from loa.media.models import Sound
from tests.cast import Cast, hear

__all__ = ["evening", "ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]


@pytest.fixture
def notice(client: Client, cast: Cast, station: Station, evening: Programme) -> dict[str, Any]:
    """A notice for 17:30 tomorrow week, written, spoken and heard, on Lan's screen; the form of its page."""
    client.force_login(cast.lan)
    name = str(uuid.uuid4())
    form = fields(cast, client_id=name, day="28/08/2026", clocks="17:40")
    client.post("/soan-ban-tin/", form | {"do": "speak"})
    sound = Sound.objects.get()
    ready(sound)
    hear(cast.lan, sound, cast.now)
    client.post(f"/soan-ban-tin/{name}/", form | {"sound": str(sound.pk), "do": "keep"})
    page = client.get(f"/soan-ban-tin/{name}/").content.decode()
    return form | {"sound": str(sound.pk), "token": token_in(page)}


def sent(client: Client, form: dict[str, Any]) -> Any:
    return client.post(f"/soan-ban-tin/{form['client_id']}/", form | {"do": "submit"})


def test_what_was_shown_is_sent_in_one_press_and_taken_back(client: Client, cast: Cast, notice: dict[str, Any]) -> None:
    answer = sent(client, notice)
    assert answer.status_code == 302, answer.content.decode()
    assert Schedule.objects.get().state == State.SUBMITTED
    kept = KeptChange.objects.get()
    assert kept.lines == ["Ngừng cấp nước: không phát → 17:40, thứ Sáu 28/08/2026"]
    assert "Hoàn tác</a>" in client.get(answer.headers["Location"]).content.decode()
    client.post(f"/lich-phat/thay-doi/{kept.pk}/")
    assert (Schedule.objects.get().state, Bulletin.objects.get().state) == (State.DRAFT, "draft")


def test_another_title_is_no_other_air_time(client: Client, notice: dict[str, Any]) -> None:
    assert sent(client, notice | {"title": "Ngừng cấp nước thôn 5"}).status_code == 302


def test_what_came_between_is_shown_on_the_same_page_and_nothing_is_sent(
    client: Client, cast: Cast, notice: dict[str, Any]
) -> None:
    other = on_air(cast, "Họp khẩn", "17:40", version_priority="priority", seconds=120)
    answer = sent(client, notice)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "đã khác lúc xem" in page
    assert not KeptChange.objects.exists()
    assert Bulletin.objects.get(pk=notice["client_id"]).state == "draft"
    assert Schedule.objects.exclude(pk=other.pk).get().state == State.DRAFT
    assert sent(client, notice | {"token": token_in(page)}).status_code == 302


def test_other_times_than_those_on_the_page_are_shown_first(client: Client, notice: dict[str, Any]) -> None:
    answer = sent(client, notice | {"clocks": "18:10"})
    assert answer.status_code == 409
    assert "<strong>18:10</strong>" in answer.content.decode()
    assert Schedule.objects.get().times == ["17:40"]


def test_a_token_of_another_notice_sends_nothing(client: Client, notice: dict[str, Any]) -> None:
    assert sent(client, notice | {"token": "1.2.3.4.5"}).status_code == 409
    assert sent(client, {name: value for name, value in notice.items() if name != "token"}).status_code == 409
    assert Bulletin.objects.get().state == "draft"
