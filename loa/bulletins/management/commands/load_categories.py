"""`manage load_categories`: the groups of the essential information as this release ships them."""

from django.core.management.base import BaseCommand

from loa.bulletins import actions
from loa.bulletins.models import Category


class Command(BaseCommand):
    """Idempotent; run after an upgrade."""

    help = "Nạp danh mục thông tin thiết yếu (Điều 6, Nghị định 49/2024/NĐ-CP)."

    def handle(self, *args: object, **options: object) -> None:
        actions.load_categories()
        self.stdout.write(f"{Category.objects.filter(area=None).count()} nhóm thông tin.")
