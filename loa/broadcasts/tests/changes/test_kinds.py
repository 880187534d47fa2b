"""Days off, sessions, a loudspeaker that moves, communes that become one: each shown before, and taken back."""

import json
from datetime import date, time

import msgspec
import pytest

from loa.areas.models import DayOff
from loa.broadcasts.changes import keeping, registry
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.kinds import days_off, devices, programmes
from loa.broadcasts.models import KeptChange, Programme, Schedule
from loa.broadcasts.tests.changes.conftest import lines, see
from loa.broadcasts.tests.conftest import Station, on_air
from loa.devices import signing
from loa.devices.models import Device
from loa.kernel.errors import NotFound
from loa.people.models import User
from tests.cast import Cast

MONDAY = date(2026, 8, 24)


@pytest.fixture(autouse=True)
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signer that signs whatever is asked of it; what it signs is no part of these stories."""
    monkeypatch.setattr(signing, "sign_all", lambda messages: ["signed" for _ in messages])


def keep(cast: Cast, change: Change, actor: User) -> KeptChange:
    return keeping.keep(actor=actor, change=change, token=see(cast, change, actor).token, now=cast.now)


def undo(cast: Cast, kept: KeptChange, actor: User) -> None:
    keeping.undo(actor=actor, kept_id=kept.pk, now=cast.now)


def mourning(cast: Cast) -> days_off.AddDayOff:
    return days_off.AddDayOff(
        area=cast.quy_mong.path, sort="mourning", name="Ngày tang", document="Thông báo 3", effect="silence",
        starts=MONDAY, ends=MONDAY,
    )  # fmt: skip


def test_a_day_of_mourning_says_what_falls_silent(cast: Cast, bulletin_at_five: Schedule) -> None:
    assert lines(see(cast, mourning(cast), cast.thanh)) == [
        "Bản tin sáng: 05:00 → không phát (ngoài giờ được phát), thứ Hai 24/08/2026"
    ]
    assert see(cast, mourning(cast), cast.thanh).difference.airings == 1, "one time, on however many groups"
    kept = keep(cast, mourning(cast), cast.thanh)
    row = DayOff.objects.get()
    end = days_off.EndDayOff(area=cast.quy_mong.path, row=row.pk)
    assert lines(see(cast, end, cast.thanh)) == ["Bản tin sáng: không phát → 05:00, thứ Hai 24/08/2026"]
    undo(cast, kept, cast.thanh)
    assert not DayOff.objects.exists()


def test_a_session_is_saved_moved_and_moved_back(cast: Cast) -> None:
    new = programmes.SaveProgramme(
        area=cast.quy_mong.path, name="Buổi trưa", starts=time(11), minutes=20, weekdays=(1, 2, 3)
    )
    made = keep(cast, new, cast.lan)
    row = Programme.objects.get()
    moved = programmes.SaveProgramme(
        area=cast.quy_mong.path, programme=row.pk, name="Buổi trưa", starts=time(11, 30), minutes=20, weekdays=(1, 2, 3)
    )
    kept = keep(cast, moved, cast.lan)
    undo(cast, kept, cast.lan)
    row.refresh_from_db()
    assert row.starts == time(11)
    undo(cast, made, cast.lan)
    assert not Programme.objects.exists()


def test_a_loudspeaker_that_moves_hears_the_other_commune(
    cast: Cast, station: Station, neighbour: Device, bulletin_at_five: Schedule
) -> None:
    on_air(cast, "Tin Trấn Yên", "06:00", area=cast.tran_yen, author=cast.mai)
    change = devices.MoveDevice(area=cast.quy_mong.path, device=station.speakers[1].pk, to=cast.tran_yen.path, number=7)
    assert lines(see(cast, change, cast.son)) == [
        "Bản tin sáng: 05:00 → không phát, 13 ngày, 21/8–2/9",
        "Tin Trấn Yên: không phát → 06:00, 13 ngày, 21/8–2/9",
    ]
    kept = keep(cast, change, cast.son)
    device = station.speakers[1]
    device.refresh_from_db()
    assert (device.area, device.number) == (cast.tran_yen, 7)
    undo(cast, kept, cast.son)
    device.refresh_from_db()
    assert (device.area, device.number) == (cast.quy_mong, 1)
    assert list(device.groups.values_list("name", flat=True)) == ["Trung tâm"]


def test_who_may_not_manage_both_places_sees_nothing(cast: Cast, station: Station) -> None:
    change = devices.MoveDevice(area=cast.quy_mong.path, device=station.speakers[1].pk, to=cast.tran_yen.path)
    with pytest.raises(NotFound):
        see(cast, change, cast.mai)


@pytest.mark.parametrize("kind", registry.KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_has_one_form(kind: type[Change]) -> None:

    sample: dict[str, object] = {"kind": kind.__struct_config__.tag}
    values = {"UUID": "6f6a2c0e-98d5-4d3e-8b3f-0a3d9b7f1c11", "int": 1, "str": "x", "date": "2026-08-24", "Rule": {}}
    values |= {"Entered": {"name": "VOV1", "permission": "QĐ 12"}, "Deed": {"kind": "refresh"}}
    for field in msgspec.structs.fields(kind):
        if field.required:
            sample[field.name] = values.get(getattr(field.type, "__name__", ""), [])
    if "when" in sample:
        sample["when"] = {"pattern": "once", "first_day": "2026-08-24"}
    if "starts" in sample and kind.__name__ == "SaveProgramme":
        sample["starts"] = "11:00:00"
    read = registry.decode(json.dumps(sample))
    assert type(read) is kind
    assert registry.decode(registry.encode(read)) == read
