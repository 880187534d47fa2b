"""The approver hears what the machine speaks, sentence by sentence, before the button opens; forged reports do not."""

import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loa.broadcasts import actions
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import asked
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.broadcasts.tests.conftest import Station
from loa.broadcasts.tests.test_compose_pages import ten_to_five
from loa.bulletins import actions as bulletins
from loa.bulletins.models import Approval, Bulletin
from loa.bulletins.rules import Draft
from loa.bulletins.tests.test_unheard import SENTENCES, machine
from loa.kernel import clock
from loa.kernel.errors import Refusal
from loa.media.models import HeardSentence, Sound
from tests.cast import Cast, hear

__all__ = ["ten_to_five"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_to_five")]


def handed_in(cast: Cast, at: str = "17:30", *texts: str) -> tuple[Bulletin, Sound]:
    """A notice of Lan's in a machine's voice, which she has not heard."""
    sound = machine(cast, *texts)
    draft = Draft(title="Cấp nước", text="Cấp nước", spoken="Cấp nước", sound=sound.pk, category="livelihood")
    bulletin = bulletins.create_draft(
        actor=cast.lan, bulletin_id=uuid.uuid4(), area=cast.quy_mong, draft=draft, now=cast.now
    )
    when = When("once", clock.local(cast.now).date() + timedelta(days=1), (at,))
    actions.propose(
        actor=cast.lan, schedule_id=uuid.uuid4(), bulletin_id=bulletin.pk, when=when, target=Target(), now=cast.now
    )
    actions.submit(actor=cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    return bulletin, sound


def seen(cast: Cast) -> dict[uuid.UUID, str]:
    return {one.schedule.pk: one.digest for one in asked.waiting(cast.quy_mong, cast.now)}


def page_of(client: Client, bulletin: Bulletin) -> str:
    return client.get(f"/duyet/{bulletin.pk}/").content.decode()


def stamp_on(page: str) -> str:
    found = re.search(r'data-stamp="([^"]+)"', page)
    assert found is not None
    return found[1]


def report(client: Client, sound: Sound, stamp: str, spans: Any) -> Any:
    fields = {"stamp": stamp, "spans": json.dumps(spans)}
    return client.post(f"/am-thanh/{sound.pk}/da-nghe/", fields, headers={"Accept": "application/json"})


def later(monkeypatch: pytest.MonkeyPatch, cast: Cast, seconds: float) -> None:
    moment = cast.now + timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_the_approver_listens_and_then_approves(
    client: Client, cast: Cast, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulletin, sound = handed_in(cast)
    client.force_login(cast.thanh)
    page = page_of(client, bulletin)
    assert "Chưa ai nghe hết giọng máy, anh/chị còn 3 câu" in page
    assert f'data-until-heard="{sound.pk}"' in page
    assert "Đã nghe 0 trên 3 câu" in page
    assert all(text in page for text in SENTENCES)
    later(monkeypatch, cast, 6)
    answer = report(client, sound, stamp_on(page), [[0, 7_600, 1.5]])
    assert (answer.status_code, answer.json()) == (200, {"heard": [0, 1], "left": 1})
    assert "Đã nghe 2 trên 3 câu" in page_of(client, bulletin)
    tokens = [f"{pk}:{digest}" for pk, digest in seen(cast).items()]
    refused = client.post("/duyet/chap-thuan/", {"seen": tokens, "one": "1"})
    assert refused.headers["Location"] == f"/duyet/{bulletin.pk}/"
    assert "Chưa ai nghe hết giọng máy của “Cấp nước”, anh/chị còn 1 câu" in page_of(client, bulletin)
    later(monkeypatch, cast, 12)
    assert report(client, sound, stamp_on(page), [[0, 11_600, 1.5]]).json()["left"] == 0
    assert "data-until-heard" not in page_of(client, bulletin)
    client.post("/duyet/chap-thuan/", {"seen": tokens, "one": "1"})
    assert Schedule.objects.get().state == State.APPROVED
    assert Approval.objects.get().heard_by == cast.thanh


@pytest.mark.parametrize(
    ("spans", "code"),
    [
        ([[0, 12_000, 1.0]], "heard_too_much"),
        ([[0, 99_000, 1.5]], "heard_odd"),
        ([[0, 12_000, "nhanh"]], "heard_odd"),
        ([[0, 12_000]], "heard_odd"),
        ({"0": 1}, "heard_odd"),
        (None, "heard_odd"),
        ([[0, 1e400, 1.0]], "heard_odd"),
    ],
)
def test_a_report_that_cannot_be_is_refused(client: Client, cast: Cast, spans: Any, code: str) -> None:
    bulletin, sound = handed_in(cast)
    client.force_login(cast.thanh)
    answer = report(client, sound, stamp_on(page_of(client, bulletin)), spans)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not HeardSentence.objects.exists()


def test_a_stamp_of_another_person_or_sound_is_worth_nothing(client: Client, cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    _, other = handed_in(cast, "18:30", "Câu khác.")
    client.force_login(cast.lan)
    of_lan = stamp_on(client.get(f"/duyet/{bulletin.pk}/").content.decode())
    client.force_login(cast.thanh)
    mine = stamp_on(page_of(client, bulletin))
    for which, stamp in ((sound, of_lan), (other, mine), (sound, mine[:-2] + "xx"), (sound, "")):
        answer = report(client, which, stamp, [[0, 900, 1.0]])
        assert (answer.status_code, answer.json()["code"]) == (422, "heard_odd")


def test_what_the_writer_has_heard_is_told_and_opens_the_button(client: Client, cast: Cast) -> None:
    bulletin, sound = handed_in(cast)
    hear(cast.lan, sound, cast.now)
    client.force_login(cast.thanh)
    page = page_of(client, bulletin)
    assert "Hoàng Thị Lan đã nghe đủ mọi câu" in page
    assert "data-until-heard" not in page


def test_of_a_session_one_that_nobody_has_heard_holds_all(client: Client, cast: Cast, station: Station) -> None:
    _, heard = handed_in(cast, "17:30", "Câu đã nghe.")
    bulletin, _ = handed_in(cast, "18:30", "Câu chưa nghe.")
    hear(cast.lan, heard, cast.now)
    with pytest.raises(Refusal) as told:
        actions.approve(actor=cast.thanh, seen=seen(cast), now=cast.now)
    assert (told.value.code, told.value.facts["bulletin"]) == ("unheard", str(bulletin.pk))
    assert {row.state for row in Schedule.objects.all()} == {State.SUBMITTED}
    client.force_login(cast.thanh)
    listed = client.get("/duyet/").content.decode()
    assert listed.count("Chưa ai nghe hết") == 1


def test_strangers_are_not_let_in(client: Client, cast: Cast) -> None:
    _, sound = handed_in(cast)
    client.force_login(cast.mai)
    assert report(client, sound, "", []).status_code == 404
