"""What is paid for which work: set by the leaders of a place, by a document, from a day on."""

from datetime import date, datetime, timedelta

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.models import FeeRate
from loa.broadcasts.rules.books import Unit, Work
from loa.kernel.errors import Invalid
from loa.people.access import require
from loa.people.models import User

MOST_DONG = 100_000_000


@transaction.atomic
def set_fee(
    *, actor: User, area: Area, work: str, unit: str, dong: int, starts: date, document: str, now: datetime
) -> FeeRate:
    """`dong` for one `unit` of `work` from `starts` on; what was open before ends the day before, of one day the later
    word holds. 0 đồng = nothing is paid here. Raises NotFound, Denied, Invalid.
    """
    require(actor, access.APPROVE, area, now)
    if work not in set(Work) or unit not in set(Unit):
        raise Invalid("Hãy chọn công việc và đơn vị tính trong danh sách.", code="fee_kind")
    if not 0 <= dong <= MOST_DONG:
        raise Invalid("Mức chi là một số từ 0 đến 100.000.000 đồng.", code="fee_amount")
    if not document.strip():
        raise Invalid("Hãy ghi số và ngày của văn bản quy định mức chi.", code="fee_document")
    own = FeeRate.objects.select_for_update().filter(area=area, work=work)
    own.filter(starts__gte=starts).delete()
    own.filter(ends=None).update(ends=starts - timedelta(days=1))
    rate = FeeRate.objects.create(
        area=area, work=work, unit=unit, dong=dong, starts=starts, document=document.strip()[:200], set_by=actor
    )
    facts = {"work": work, "unit": unit, "dong": dong, "starts": starts.isoformat(), "document": rate.document}
    record(actor=actor, verb="fee.set", object=("area", area.path), area=area.path, facts=facts, now=now)
    return rate
