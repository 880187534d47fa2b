"""What the signer sees of extended hours in the database, and what it makes of rows that a hostile web server wrote."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from devicelink.golden import world
from devicelink.messages import Audience, Hours, HoursExtension, HoursWindow, Placement
from devicelink.refusals import Refused
from devicelink.signing import Bound
from devicelink.widening import WEEK
from django.db import connection
from signer.extensions import Extension, check_extensions
from signer.facts import EXTENSIONS, Database

from loa.areas.models import Area, OperatingRules
from loa.areas.models import Extension as Row
from loa.kernel.clock import LOCAL, to_ms
from loa.people.models import Role, RoleGrant, User
from tests.cast import Cast

pytestmark = pytest.mark.django_db

EVE = datetime(2027, 2, 5, 21, tzinfo=LOCAL)
UNTIL = datetime(2027, 2, 6, 0, 30, tzinfo=LOCAL)
ASKED = datetime(2027, 1, 20, 8, tzinfo=LOCAL)


@pytest.fixture(autouse=True)
def province(cast: Cast) -> OperatingRules:
    """What Lào Cai permits: giao thừa and elections until 00:30, two days a year."""
    return OperatingRules.objects.create(
        area=cast.lao_cai,
        starts=datetime(2026, 1, 1).date(),  # noqa: DTZ001 - a day
        document="QĐ 40/2026/QĐ-UBND",
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}],
        extension_days=2,
        extension_earliest=300,
        extension_latest=1470,
        extension_reasons=["new_year_eve", "election"],
    )


def write(cast: Cast, **changes: Any) -> Row:
    """Lan asked, Thành approved, as the pages would write it."""
    fields: dict[str, Any] = {
        "id": uuid.uuid4(),
        "area": cast.quy_mong,
        "starts": EVE,
        "ends": UNTIL,
        "reason": "new_year_eve",
        "words": "Chúc Tết nhân dân",
        "state": "approved",
        "author_id": cast.lan.pk,
        "author_name": "Hoàng Thị Lan",
        "made_at": ASKED,
        "approver_id": cast.thanh.pk,
        "approver_name": "Nguyễn Văn Thành",
        "decided_at": ASKED + timedelta(hours=1),
    }
    return Row.objects.create(**(fields | changes))


def seen(*areas: Area) -> list[Extension]:
    """The rows as the signer reads them."""
    reader = Database("")
    with connection.cursor() as cursor:
        cursor.execute(EXTENSIONS, [[area.path for area in areas]])
        rows = cursor.fetchall()
    reader._rows = lambda query, asked: rows  # type: ignore[method-assign]
    return list(reader._extensions(set()))


def placement(cast: Cast, *spans: tuple[datetime, datetime]) -> Placement:
    extensions = tuple(HoursExtension(start=to_ms(start), end=to_ms(end)) for start, end in spans)
    windows = (HoursWindow(weekdays=WEEK, start=300, end=1260),)
    hours = Hours(windows=windows, extensions=extensions)
    return world.placement(
        device="spk-1", audience=Audience(device="spk-1"), area=cast.thon_5.path, issued=to_ms(ASKED), hours=hours
    )


def judged(cast: Cast, *spans: tuple[datetime, datetime]) -> str:
    """The code, "" if it may be signed."""
    rows = seen(cast.lao_cai, cast.quy_mong, cast.thon_5)
    try:
        check_extensions(placement(cast, *(spans or ((EVE, UNTIL),))), rows, Bound(), {}, to_ms(ASKED))
    except Refused as refused:
        return str(refused.reason)
    return ""


def test_the_evening_that_was_approved_is_signed(cast: Cast) -> None:
    row = write(cast)
    [found] = seen(cast.quy_mong)
    assert (found.id, found.area, found.start, found.end) == (str(row.pk), cast.quy_mong.path, to_ms(EVE), to_ms(UNTIL))
    assert [one.path for one in found.permissions] == [cast.lao_cai.path]
    assert judged(cast) == ""


@pytest.mark.parametrize("state", ["waiting", "refused", "withdrawn"])
def test_what_nobody_approved_opens_nothing(cast: Cast, state: str) -> None:
    write(cast, state=state, approver_id=None, decided_at=None)
    assert judged(cast) == "not_approved"


def test_whoever_names_themselves_or_anybody_as_approver(cast: Cast) -> None:
    for pk in (cast.mai.pk, cast.son.pk, cast.lan.pk + 10_000):
        Row.objects.all().delete()
        write(cast, approver_id=pk)
        assert judged(cast) == "not_approved", pk
    with connection.cursor() as cursor:  # the table refuses author = approver; the signer does not rely on it
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table areas_extension drop constraint extension_by_two_people")
    Row.objects.all().delete()
    write(cast, author_id=cast.thanh.pk)
    assert judged(cast) == "not_approved"
    Row.objects.all().delete()
    write(cast, on_behalf_of=cast.lan.pk)
    assert judged(cast) == "not_approved"


def test_a_role_given_afterwards_makes_no_old_approval_good(cast: Cast) -> None:
    stranger = User.objects.create(username="stranger", full_name="Người lạ")
    RoleGrant.objects.create(
        user=stranger, role=Role.APPROVER, area=cast.quy_mong, starts=ASKED + timedelta(days=1), granted_by=cast.bao
    )
    write(cast, approver_id=stranger.pk)
    assert judged(cast) == "not_approved"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"extension_days": None}, "outside_hours"),
        ({"extension_days": 0}, "limit_exceeded"),
        ({"extension_latest": 1469}, "outside_hours"),
        ({"extension_earliest": 1261}, "outside_hours"),
        ({"extension_reasons": ["election"]}, "not_approved"),
        ({"starts": datetime(2027, 2, 6).date()}, "outside_hours"),  # noqa: DTZ001
        ({"ends": datetime(2027, 2, 4).date()}, "outside_hours"),  # noqa: DTZ001
        ({"ends": datetime(2027, 2, 5).date()}, ""),  # noqa: DTZ001
    ],
)
def test_beyond_what_the_province_permits_on_that_day(cast: Cast, changes: dict[str, Any], code: str) -> None:
    write(cast)
    OperatingRules.objects.filter(area=cast.lao_cai).update(**changes)
    assert judged(cast) == code


def test_a_commune_does_not_permit_itself(cast: Cast, province: OperatingRules) -> None:
    OperatingRules.objects.filter(pk=province.pk).update(area=cast.quy_mong)
    write(cast)
    assert judged(cast) == "outside_hours"


def test_more_days_than_the_year_has(cast: Cast) -> None:
    spans = [(EVE + timedelta(days=day), UNTIL + timedelta(days=day)) for day in range(3)]
    for starts, ends in spans:
        write(cast, starts=starts, ends=ends)
    assert judged(cast, *spans[:2]) == ""
    assert judged(cast, *spans) == "limit_exceeded"


def test_what_was_ended_early_ends_there(cast: Cast) -> None:
    at = EVE + timedelta(hours=1)
    write(cast, ended_at=at)
    assert judged(cast) == "not_approved"
    assert judged(cast, (EVE, at)) == ""


def test_the_neighbours_evening_is_not_ours(cast: Cast) -> None:
    write(cast, area=cast.tran_yen)
    assert judged(cast) == "not_approved"
