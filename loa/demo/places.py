"""Where the demonstration world stands: a province of the real list and two of its real communes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from loa.areas import actions as areas
from loa.areas.codes import Reason
from loa.areas.models import Area
from loa.areas.queries import by_path, hamlets_of
from loa.areas.rules import Kind, Level
from loa.demo import cast
from loa.kernel.clock import local
from loa.kernel.errors import Invalid
from loa.people.models import RoleGrant

WINDOWS = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}]
RULES = "Quy chế kèm theo Quyết định 12/QĐ-UBND"
PROVINCE_RULES = "Quy chế hệ thống thông tin cơ sở (mẫu) kèm theo Quyết định 45/QĐ-UBND"


@dataclass(frozen=True, slots=True)
class Places:
    """The two living communes with their province, country, and the hamlets of the first."""

    country: Area
    province: Area
    home: Area
    neighbour: Area
    hamlets: tuple[Area, ...]

    def named(self, place: str) -> Area:
        """The area in which somebody of the cast holds a role."""
        return {
            cast.HOME_PLACE: self.home,
            cast.NEIGHBOUR_PLACE: self.neighbour,
            cast.PROVINCE_PLACE: self.province,
            cast.CENTRE_PLACE: self.country,
            cast.HAMLET_PLACE: self.hamlets[-1],
        }[place]


def prepare(province_code: str, now: datetime) -> Places:
    """The places, with hamlets and operating rules; may be called again. Without a code: where the world stands.

    Raises Invalid for an unknown province, and when these data hold a world in another one.
    """
    today = local(now).date()
    standing = _standing()
    province_code = province_code or (standing.code if standing else cast.DEFAULT_PROVINCE)
    country, province = by_path("vn"), by_path(f"vn.{province_code}")
    if country is None or province is None or province.level != Level.PROVINCE:
        raise Invalid(f"Không có tỉnh, thành phố nào mang mã {province_code}. Xem mã bằng: loa areas list.")
    _check_one_world(province, standing)
    home, neighbour = _communes(province)
    hamlets = _hamlets(home, today)
    _hamlets(neighbour, today)
    _rules(province, PROVINCE_RULES, today, children_may_widen=True, extension_days=12, extension_earliest=4 * 60,
           extension_latest=24 * 60 + 30, extension_reasons=list(Reason))  # fmt: skip
    for commune in (home, neighbour):
        _rules(commune, RULES, today, max_minutes_per_session=45)
    return Places(country, province, home, neighbour, hamlets)


def _rules(area: Area, document: str, today: date, **terms: Any) -> None:
    if not area.operating_rules.exists():
        areas.set_operating_rules(
            area=area, starts=today - timedelta(days=60), document=document, windows=WINDOWS, **terms  # type: ignore[arg-type]
        )  # fmt: skip


def _standing() -> Area | None:
    """The province in which the world was built, known by its technician."""
    held = RoleGrant.objects.filter(user__username=cast.TECHNICIAN, area__level=Level.PROVINCE)
    grant = held.select_related("area").order_by("starts").first()
    return grant.area if grant else None


def _check_one_world(province: Area, standing: Area | None) -> None:
    """People and loudspeakers do not move: a second world needs data of its own."""
    if standing is not None and standing != province:
        raise Invalid(
            f"Dữ liệu ở đây đã là bản trình diễn của {standing.full_name}. Chạy tiếp bằng `loa demo` không kèm "
            f"--province, hoặc đặt LOA_VAR là một thư mục khác cho {province.full_name}."
        )


def _communes(province: Area) -> tuple[Area, Area]:
    """Quy Mông and Trấn Yên in Lào Cai; elsewhere the first commune that is a xã and the one nearest to it."""
    rows = list(Area.objects.filter(parent=province, level=Level.COMMUNE, valid_to=None).order_by("sort_key"))
    known = {area.code: area for area in rows}
    if cast.HOME in known and cast.NEIGHBOUR in known:
        return known[cast.HOME], known[cast.NEIGHBOUR]
    if len(rows) < 2:
        raise Invalid(f"{province.full_name} không đủ xã để dựng dữ liệu mẫu.")
    home = next((area for area in rows if area.kind == Kind.COMMUNE), rows[0])
    others = [area for area in rows if area != home and area.kind != Kind.SPECIAL_ZONE]
    return home, min(others or rows[1:], key=lambda area: _distance(area, home))


def _distance(one: Area, other: Area) -> float:
    return ((one.latitude or 0) - (other.latitude or 0)) ** 2 + ((one.longitude or 0) - (other.longitude or 0)) ** 2


def _hamlets(commune: Area, today: date) -> tuple[Area, ...]:
    there = {hamlet.name: hamlet for hamlet in hamlets_of(commune, today)}
    return tuple(
        there.get(name) or areas.add_hamlet(commune=commune, kind=Kind.THON, name=name, on=today - timedelta(days=90))
        for name in (str(number) for number in range(1, cast.HAMLET_COUNT + 1))
    )
