"""A group that is still the place of a bulletin is not dissolved; one whose bulletins are over is."""

from datetime import timedelta

import pytest

from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import uses
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.tests.conftest import Station, on_air
from loa.devices import actions
from loa.devices.models import DeviceGroup
from loa.kernel.clock import local
from loa.kernel.errors import Refusal
from tests.cast import Cast


@pytest.fixture
def river(cast: Cast) -> DeviceGroup:
    """A group without loudspeakers."""
    return DeviceGroup.objects.create(area=cast.quy_mong, name="Bến đò")


def test_what_is_still_to_sound_there_keeps_the_group(cast: Cast, station: Station, river: DeviceGroup) -> None:
    notice = on_air(cast, "Nước lên", "17:00", target=Target(groups=(river.pk,)))
    on_air(cast, "Ven sông", "17:30", target=Target(groups=(station.groups["Ven sông"].pk,)))
    with pytest.raises(Refusal, match="còn là nơi phát của “Nước lên”"):
        actions.delete_group(actor=cast.lan, group=river, now=cast.now)
    notice.state = State.ENDED
    notice.save()
    actions.delete_group(actor=cast.lan, group=river, now=cast.now)
    assert not DeviceGroup.objects.filter(pk=river.pk).exists()


def test_a_draft_counts_and_what_is_over_does_not(cast: Cast, river: DeviceGroup) -> None:
    today, long_ago = local(cast.now).date(), local(cast.now).date() - timedelta(days=30)
    target = Target(groups=(river.pk,))
    draft = on_air(cast, "Bản nháp", "17:00", target=target, pattern="once", first_day=today, last_day=None)
    Schedule.objects.filter(pk=draft.pk).update(state=State.DRAFT, approval=None)
    on_air(cast, "Một lần", "17:00", target=target, pattern="once", first_day=long_ago, last_day=None)
    on_air(cast, "Đã hết", "17:00", target=target, first_day=long_ago, last_day=long_ago + timedelta(days=2))
    assert uses.of_group(river, cast.now) == ["Bản nháp"]


def test_of_many_bulletins_three_are_named(cast: Cast, river: DeviceGroup) -> None:
    for name in "ABCDE":
        on_air(cast, name, "17:00", target=Target(groups=(river.pk,)))
    assert actions.why_kept(river, cast.now) == (
        "Nhóm Bến đò còn là nơi phát của “A”, “B”, “C” và 2 bản tin khác. Hãy đổi nơi phát hoặc bỏ lịch đó trước."
    )
