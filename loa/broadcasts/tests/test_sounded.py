"""A loudspeaker that has played to the end since its repair has proved that it sounds; nothing else has."""

from datetime import timedelta

import pytest

from loa.broadcasts.models import PlayProof
from loa.broadcasts.queries.sounded import sounded_since
from loa.devices.models import Device
from tests.cast import Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_only_what_was_played_to_the_end_after_the_repair_counts(cast: Cast) -> None:
    pole, other = (
        Device.objects.create(area=cast.quy_mong, number=number, name="Cột", made_at=cast.now) for number in (1, 2)
    )
    told = ((-1, "played", 9), (2, "skipped", 0), (3, "cut", 4), (4, "played", 0), (5, "played", 9), (6, "played", 9))
    for count, (minutes, outcome, rendered) in enumerate(told):
        at = cast.now + minutes * MINUTE
        PlayProof.objects.create(
            device=pole, boot="b", count=count, airing=f"a{minutes}", planned=at, started=at, rendered_ms=rendered,
            outcome=outcome, plan=1, clock_bound=5, hash="0" * 64, stored_at=at,
        )  # fmt: skip
    found = sounded_since({pole.pk: cast.now, other.pk: cast.now})
    assert {device: (proof.airing, proof.at) for device, proof in found.items()} == {
        pole.pk: ("a5", cast.now + 5 * MINUTE)
    }
    assert sounded_since({}) == {}
