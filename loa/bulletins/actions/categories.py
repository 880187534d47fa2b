"""The list of what bulletins are about."""

from datetime import datetime

from django.db import transaction

from loa.areas.models import Area
from loa.areas.rules import fold
from loa.audit.actions import record
from loa.bulletins import categories, queries, rules
from loa.bulletins.models import Category
from loa.kernel.errors import Invalid
from loa.people.access import require
from loa.people.models import User

MAY_ADD = "rules.write"


@transaction.atomic
def add_category(*, actor: User, area: Area, group: str, name: str, now: datetime) -> Category:
    """A code of the area's own below a group of the essential information. Raises NotFound, Denied, Invalid."""
    require(actor, MAY_ADD, area, now)
    name, above = name.strip(), Category.objects.filter(area=None, code=group).first()
    if above is None:
        raise Invalid("Không có nhóm thông tin này. Hãy chọn một nhóm trong danh sách.", code="category_unknown")
    code = rules.category_code(name)
    if not code:
        raise Invalid("Hãy đặt tên cho lĩnh vực, ví dụ: Giá quế.", code="name_missing")
    _check_new(area, name, code)
    category = Category.objects.create(
        code=code, name=name, group=above, area=area, essential=above.essential, position=above.position
    )
    facts = {"name": name}
    record(actor=actor, verb="category.added", object=("category", category.pk), area=area.path, facts=facts, now=now)
    return category


def _check_new(area: Area, name: str, code: str) -> None:
    """Nobody meets the same name twice in one list: neither of the country nor of a place above."""
    same = any(fold(row.name) == fold(name) for row in queries.categories_for(area))
    if same or Category.objects.filter(area=area, code=code).exists():
        raise Invalid(f"Đã có lĩnh vực “{name}” rồi. Hãy đặt tên khác.", code="category_twice")


def load_categories() -> None:
    """Bring the groups of the essential information to the state of the shipped file."""
    categories.load(Category)
