"""Recorded alerts go to telephones and programs: once, in words that say what they are, and their end goes too."""

from datetime import datetime, timedelta

import pytest

from loa.alerts.models import AlertRecord
from loa.alerts.rules import ESCALATES_AFTER, LAPSES_AFTER
from loa.channels.models import Outcome, Sending
from loa.channels.tests.conftest import listed, sms_channel
from loa.notifications.actions import telling
from loa.people.models import Role, User
from tests.cast import Cast, give

pytestmark = pytest.mark.django_db
WORDS = "Nước sông Hồng lên nhanh. Bà con sơ tán lên nhà văn hóa."


def alert(cast: Cast, identifier: str = "lu-1", **changed: object) -> AlertRecord:
    """A flood in Quy Mông that Lan wrote and Thành confirmed."""
    facts: dict[str, object] = {
        "kind": "alert", "status": "actual", "state": "sent", "area": cast.quy_mong, "event": "lu",
        "severity": "severe", "headline": "Lũ trên sông Hồng", "content": {},
        "said": [{"target": "a", "language": "vi", "text": WORDS}],
        "author": cast.lan, "asked_at": cast.now, "step_at": cast.now, "issued": cast.now,
        "expires": cast.now + timedelta(hours=2), "jws": "signed",
    } | changed  # fmt: skip
    return AlertRecord.objects.create(pk=identifier, **facts)


def phones(*people: User) -> None:
    for number, person in enumerate(people):
        person.phone = f"091000000{number}"
        person.save(update_fields=["phone"])


def tell(now: datetime) -> int:
    return telling.tell_alerts(now=now)


def test_an_alert_goes_out_once_with_its_words(cast: Cast) -> None:
    sms_channel(cast, 2775)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    alert(cast)
    assert (tell(cast.now), tell(cast.now)) == (1, 0)
    sending = Sending.objects.get()
    assert (sending.key, sending.purpose, sending.status) == ("alert:lu-1", "alert", "actual")
    assert sending.short == f"CẢNH BÁO: Lũ trên sông Hồng. {WORDS}"
    assert sending.data["jws"] == "signed"
    assert Outcome.objects.get().urgent


def test_an_exercise_says_so_first_and_a_test_is_no_matter_of_people(cast: Cast) -> None:
    alert(cast, status="exercise")
    alert(cast, "kt-1", status="test")
    assert tell(cast.now) == 1
    sending = Sending.objects.get()
    assert sending.text.startswith("DIỄN TẬP, KHÔNG PHẢI THẬT.")
    assert sending.short.startswith("DIỄN TẬP, KHÔNG PHẢI THẬT.")


@pytest.mark.parametrize(("kind", "first"), [("cancel", "HỦY CẢNH BÁO"), ("end", "KẾT THÚC CẢNH BÁO")])
def test_what_ends_an_alert_goes_to_those_who_were_told_of_it(cast: Cast, kind: str, first: str) -> None:
    row = alert(cast)
    tell(cast.now)
    later = cast.now + timedelta(minutes=9)
    AlertRecord.objects.filter(pk=row.pk).update(ended_at=later)
    alert(cast, "huy-1", kind=kind, alert=row.pk, headline="", said=[], issued=later)
    assert tell(later) == 1
    sending = Sending.objects.get(key="alert:huy-1")
    assert (sending.purpose, sending.title) == (kind, f"{first}: Lũ trên sông Hồng")


def test_what_was_over_before_anybody_was_told_is_not_told(cast: Cast) -> None:
    """The worker was down: nobody gets an alert that is cancelled, nor the cancel of what they never got."""
    row = alert(cast, ended_at=cast.now)
    alert(cast, "huy-1", kind="cancel", alert=row.pk)
    alert(cast, "cu", expires=cast.now)
    alert(cast, "cho", state="waiting")
    assert tell(cast.now) == 0


def asked(step: int) -> set[str]:
    return set(Outcome.objects.filter(sending__key=f"duty:lu-1:{step}").values_list("name", flat=True))


def test_confirmers_are_asked_at_once_and_those_above_after_a_minute(cast: Cast) -> None:
    sms_channel(cast, 2775)
    boss = User.objects.create(username="giang", full_name="Vàng Thị Giang", password="!")
    duty = User.objects.create(username="quyet", full_name="Lê Văn Quyết", password="!")
    give(boss, Role.APPROVER, cast.lao_cai)
    give(duty, Role("duty"), cast.lao_cai)
    phones(cast.lan, cast.thanh, cast.mai, boss, duty)
    alert(cast, state="waiting", issued=None, expires=None)
    assert telling.ask_confirmers(now=cast.now) == 1
    assert asked(0) == {"Nguyễn Văn Thành", "Lê Văn Quyết"}
    assert telling.ask_confirmers(now=cast.now + ESCALATES_AFTER - timedelta(seconds=1)) == 0
    assert telling.ask_confirmers(now=cast.now + ESCALATES_AFTER) == 1
    assert asked(1) == {"Nguyễn Văn Thành", "Lê Văn Quyết", "Vàng Thị Giang"}
    assert telling.ask_confirmers(now=cast.now + LAPSES_AFTER) == 0


def test_nobody_is_asked_to_confirm_what_they_wrote(cast: Cast) -> None:
    """Nor is the deputy of the author."""
    sms_channel(cast, 2775)
    phones(cast.thanh, cast.phuc)
    alert(cast, state="waiting", author=cast.thanh)
    telling.ask_confirmers(now=cast.now)
    assert asked(0) == set()


def test_what_was_confirmed_meanwhile_asks_nobody(cast: Cast) -> None:
    alert(cast, state="sent")
    assert telling.ask_confirmers(now=cast.now + ESCALATES_AFTER) == 0
