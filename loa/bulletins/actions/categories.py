"""The list of what bulletins are about."""

from datetime import datetime

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.bulletins import categories
from loa.bulletins.models import Category
from loa.kernel.errors import Invalid
from loa.people.access import require
from loa.people.models import User


@transaction.atomic
def add_category(*, actor: User, area: Area, group: str, code: str, name: str, now: datetime) -> Category:
    """A code of the area's own below a group of the essential information. Raises NotFound, Denied, Invalid."""
    require(actor, "rules.write", area, now)
    above = Category.objects.filter(area=None, code=group).first()
    if above is None:
        raise Invalid("Không có nhóm thông tin này. Hãy chọn một nhóm trong danh sách.", code="category_unknown")
    if Category.objects.filter(area=area, code=code).exists():
        raise Invalid("Đơn vị đã có mã này. Hãy đặt mã khác.", code="category_twice")
    category = Category.objects.create(
        code=code, name=name, group=above, area=area, essential=above.essential, position=above.position
    )
    record(actor=actor, verb="category.added", object=("category", category.pk), area=area.path, now=now)
    return category


def load_categories() -> None:
    """Bring the groups of the essential information to the state of the shipped file."""
    categories.load(Category)
