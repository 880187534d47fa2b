"""The people and the places of Loa's stories, for tests of every part.

Use the fixture `cast`: `cast.quy_mong` is the commune, `cast.lan` its officer, `cast.thanh` the approver, `cast.mai`
the officer of the neighbour commune, who must never see anything of Quy Mông. `cast.now` is a Thursday, 16:50 local
time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from loa.areas import rules as area_rules
from loa.areas.models import Area
from loa.areas.rules import Kind, Level
from loa.media import actions as media
from loa.media.heard import Span
from loa.media.models import Sound
from loa.people.models import Role, RoleGrant, User

NOW = datetime(2026, 8, 20, 9, 50, tzinfo=UTC)
SINCE = datetime(2025, 7, 1, tzinfo=UTC)
MERGER = date(2025, 7, 1)
PASSWORD = "Loa-phat-thanh-2026"


def place(
    path: str, name: str, kind: Kind, level: Level, parent: Area | None = None, *, ends: date | None = None
) -> Area:
    """A unit; the code is the last part of the path."""
    made = unit(path, name, kind, level, parent, ends=ends)
    made.save(force_insert=True)
    return made


def unit(
    path: str, name: str, kind: Kind, level: Level, parent: Area | None = None, *, ends: date | None = None
) -> Area:
    """What `place` keeps, not kept yet."""
    label = area_rules.LABELS[kind]
    return Area(
        path=path,
        code=path.rsplit(".", 1)[-1],
        name=name,
        full_name=name if kind is Kind.COUNTRY else f"{label} {name}",
        kind=kind,
        level=level,
        parent=parent,
        valid_from=None if ends else MERGER,
        valid_to=ends,
        sort_key=area_rules.sort_key(name),
    )


def person(username: str, full_name: str, position: str = "") -> User:
    """An account without a usable password: tests sign in with `client.force_login`, or set one themselves."""
    return User.objects.create(username=username, full_name=full_name, position=position, password="!")


def give(
    user: User,
    role: Role,
    area: Area,
    *,
    starts: datetime = SINCE,
    ends: datetime | None = None,
    on_behalf_of: User | None = None,
) -> RoleGrant:
    """A role from `starts` to `ends`, as an administrator would have given it."""
    return RoleGrant.objects.create(
        user=user, role=role, area=area, starts=starts, ends=ends, on_behalf_of=on_behalf_of
    )


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody and every place, ready in the database."""

    now: datetime
    vietnam: Area
    lao_cai: Area
    quy_mong: Area
    tran_yen: Area
    thon_4: Area
    thon_5: Area
    lan: User
    thanh: User
    phuc: User
    mai: User
    son: User
    minh_anh: User
    bao: User
    xuan: User


def build() -> Cast:
    """Make the whole cast: about twenty rows in six inserts. Codes are those of the real units."""
    vietnam = place("vn", "Việt Nam", Kind.COUNTRY, Level.CENTRE)
    lao_cai = place("vn.15", "Lào Cai", Kind.PROVINCE, Level.PROVINCE, vietnam)
    quy_mong, tran_yen = Area.objects.bulk_create(
        [
            unit("vn.15.04531", "Quy Mông", Kind.COMMUNE, Level.COMMUNE, lao_cai),
            unit("vn.15.04498", "Trấn Yên", Kind.COMMUNE, Level.COMMUNE, lao_cai),
        ]
    )
    thon_4, thon_5 = Area.objects.bulk_create(
        unit(f"vn.15.04531.h{name}", name, Kind.THON, Level.HAMLET, quy_mong) for name in ("4", "5")
    )
    cast = Cast(NOW, vietnam, lao_cai, quy_mong, tran_yen, thon_4, thon_5, *_people())
    _give_roles(cast)
    return cast


def _people() -> list[User]:
    """In the order of `Cast`."""
    rows = (
        ("lan", "Hoàng Thị Lan", "Cán bộ truyền thanh"),
        ("thanh", "Nguyễn Văn Thành", "Phó Chủ tịch UBND xã"),
        ("phuc", "Triệu Văn Phúc", "Chánh Văn phòng HĐND và UBND xã"),
        ("mai", "Hà Thị Mai", "Cán bộ truyền thanh"),
        ("son", "Lý Văn Sơn", "Kỹ thuật viên"),
        ("minhanh", "Đỗ Minh Anh", "Biên tập viên"),
        ("bao", "Phạm Quốc Bảo", "Quản trị hệ thống"),
        ("xuan", "Bàn Thị Xuân", "Trưởng thôn 5"),
    )
    return User.objects.bulk_create(
        User(username=username, full_name=full_name, position=position, password="!")
        for username, full_name, position in rows
    )


def _give_roles(cast: Cast) -> None:
    given: tuple[tuple[User, Role, Area, User | None], ...] = (
        (cast.lan, Role.OFFICER, cast.quy_mong, None),
        (cast.thanh, Role.APPROVER, cast.quy_mong, None),
        (cast.phuc, Role.APPROVER, cast.quy_mong, cast.thanh),
        (cast.mai, Role.OFFICER, cast.tran_yen, None),
        (cast.son, Role.TECHNICIAN, cast.lao_cai, None),
        (cast.minh_anh, Role.PROVINCE_EDITOR, cast.lao_cai, None),
        (cast.bao, Role.ADMINISTRATOR, cast.vietnam, None),
        (cast.xuan, Role.ANNOUNCER, cast.thon_5, None),
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=role, area=area, starts=SINCE, on_behalf_of=on_behalf_of)
        for user, role, area, on_behalf_of in given
    )


def hear(user: User, sound: Sound | None, now: datetime, *, speed: float = 1.5) -> None:
    """Somebody has listened to all of a machine's voice until `now`, as a browser reports it."""
    assert sound is not None
    sound.refresh_from_db()
    since = now - timedelta(milliseconds=sound.duration_ms / speed)
    whole = [Span(0, sound.duration_ms, speed)]
    media.note_heard(actor=user, sound_id=sound.pk, spans=whole, since=since, now=now)


@pytest.fixture
def cast(db: None) -> Cast:
    """The whole cast in the test's database."""
    return build()
