"""Tết night in Quy Mông: Lan asks for half past midnight, Thành says yes, within what the province permits."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from airtime.hours import may_sound
from devicelink.signing import Bound

from loa.areas import queries
from loa.areas.models import Extension, OperatingRules
from loa.audit.models import Entry
from loa.kernel.clock import LOCAL
from loa.kernel.errors import LoaError
from loa.people.actions import extensions
from loa.people.models import Role
from loa.people.signer import nights_of
from tests.cast import Cast, give

pytestmark = pytest.mark.django_db

EVE = datetime(2027, 2, 5, 21, tzinfo=LOCAL)
NIGHTS = nights_of(Bound())
AFTER_MIDNIGHT = datetime(2027, 2, 6, 0, 30, tzinfo=LOCAL)


@pytest.fixture(autouse=True)
def province(cast: Cast) -> OperatingRules:
    return OperatingRules.objects.create(
        area=cast.lao_cai, starts=date(2026, 1, 1), document="Quyết định 30/QĐ-UBND của tỉnh", extension_days=2,
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}], extension_latest=1440 + 30,
        extension_reasons=["new_year_eve", "missing_person"],
    )  # fmt: skip


def ask(cast: Cast, **more: Any) -> Extension:
    facts = {
        "actor": cast.lan, "extension_id": uuid4(), "area": cast.quy_mong, "starts": EVE, "ends": AFTER_MIDNIGHT,
        "reason": "new_year_eve", "words": "Chúc Tết và tường thuật giao thừa", "now": cast.now,
        "host": NIGHTS, **more,
    }  # fmt: skip
    return extensions.propose(**facts)


def yes(cast: Cast, row: Extension, **more: Any) -> Extension:
    return extensions.approve(**{"actor": cast.thanh, "extension_id": row.pk, "now": cast.now, "host": NIGHTS, **more})


def code(call: Any) -> str:
    with pytest.raises(LoaError) as caught:
        call()
    return caught.value.code


def open_at_midnight(cast: Cast) -> bool:
    found = queries.rules_for(cast.thon_5, date(2027, 2, 5))
    return may_sound(found.hours, EVE + timedelta(hours=3), timedelta(minutes=10)).allowed


def test_tet_night_is_extended_by_thanh_on_lans_word(cast: Cast) -> None:
    row = ask(cast)
    assert not open_at_midnight(cast)
    row = yes(cast, row)
    assert open_at_midnight(cast)
    assert (row.author_name, row.approver_name, row.on_behalf_of) == (cast.lan.full_name, cast.thanh.full_name, None)
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["extension.proposed", "extension.approved"]


def test_the_same_wish_sent_twice_is_one(cast: Cast) -> None:
    name = UUID(int=7)
    assert ask(cast, extension_id=name).pk == ask(cast, extension_id=name).pk
    assert Extension.objects.count() == 1


def test_nobody_extends_alone_nor_by_the_hand_of_a_deputy(cast: Cast) -> None:
    give(cast.lan, Role.APPROVER, cast.quy_mong)
    row = ask(cast)
    assert code(lambda: yes(cast, row, actor=cast.lan)) == "own_extension"
    give(cast.phuc, Role.APPROVER, cast.quy_mong, on_behalf_of=cast.lan)
    assert not open_at_midnight(cast)


def test_a_deputy_says_yes_in_the_place_of_another(cast: Cast) -> None:
    assert yes(cast, ask(cast), actor=cast.phuc).state == Extension.State.APPROVED
    assert open_at_midnight(cast)


def test_an_officer_does_not_approve_and_a_neighbour_knows_of_nothing(cast: Cast) -> None:
    row = ask(cast)
    assert code(lambda: yes(cast, row, actor=cast.lan)) == "denied"
    assert code(lambda: yes(cast, row, actor=cast.mai)) == "not_found"
    assert code(lambda: ask(cast, actor=cast.mai)) == "not_found"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"ends": AFTER_MIDNIGHT + timedelta(minutes=1)}, "extension_late"),
        ({"reason": "event"}, "extension_reason"),
        ({"words": " "}, "extension_words"),
        ({"starts": AFTER_MIDNIGHT, "ends": EVE}, "extension_span"),
        ({"starts": EVE - timedelta(hours=3), "ends": EVE - timedelta(hours=1)}, "extension_needless"),
        ({"starts": EVE - timedelta(days=900), "ends": EVE - timedelta(days=900, hours=-1)}, "extension_over"),
    ],
)
def test_what_the_province_does_not_permit_is_not_asked(cast: Cast, more: dict[str, Any], expected: str) -> None:
    assert code(lambda: ask(cast, **more)) == expected


def test_the_days_of_a_year_are_counted_when_it_is_approved(cast: Cast) -> None:
    rows = [ask(cast, starts=EVE + timedelta(days=n), ends=EVE + timedelta(days=n, hours=1)) for n in range(3)]
    again = ask(cast, starts=EVE + timedelta(hours=2), ends=EVE + timedelta(hours=3))
    for row in (*rows[:2], again):
        yes(cast, row)
    assert code(lambda: yes(cast, rows[2])) == "extension_days_used"


def test_a_province_that_changes_its_mind_is_heard(cast: Cast, province: OperatingRules) -> None:
    row = ask(cast)
    OperatingRules.objects.filter(pk=province.pk).update(extension_days=0)
    assert code(lambda: yes(cast, row)) == "extension_not_permitted"


def test_it_is_answered_once_withdrawn_by_its_author_and_ended_by_either(cast: Cast) -> None:
    row = ask(cast)
    assert code(lambda: extensions.refuse(actor=cast.thanh, extension_id=row.pk, answer="", now=cast.now))
    extensions.refuse(actor=cast.thanh, extension_id=row.pk, answer="Xã bên phát rồi", now=cast.now)
    assert code(lambda: yes(cast, row)) == "already_decided"
    second = ask(cast)
    extensions.withdraw(actor=cast.lan, extension_id=second.pk, now=cast.now)
    third = yes(cast, ask(cast))
    extensions.end(actor=cast.lan, extension_id=third.pk, now=cast.now)
    assert not open_at_midnight(cast)
    assert code(lambda: extensions.end(actor=cast.thanh, extension_id=third.pk, now=cast.now)) == "extension_over"


def test_beyond_what_the_host_signs_is_refused_in_words_before_anybody_waits_for_it(cast: Cast) -> None:
    """The province permits three o'clock and 40 days; the machine that signs would refuse it in the night itself."""
    OperatingRules.objects.update(extension_latest=1440 + 180, extension_days=40)
    with pytest.raises(LoaError) as late:
        ask(cast, ends=datetime(2027, 2, 6, 1, 30, tzinfo=LOCAL))
    assert late.value.message == (
        "Người quản lý máy chủ (mức đặt sẵn cho mọi nơi) không cho xã Quy Mông phát sau 01:00 hôm sau. "
        "Muộn nhất: 01:00 ngày 06/02/2027."
    )
    row = ask(cast)
    one_day = nights_of(Bound(days=1))
    yes(cast, ask(cast, starts=EVE - timedelta(days=9), ends=AFTER_MIDNIGHT - timedelta(days=9)))
    assert code(lambda: yes(cast, row, host=one_day)) == "extension_days_used"
    assert yes(cast, row).state == Extension.State.APPROVED
