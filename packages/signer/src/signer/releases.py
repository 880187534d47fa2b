"""Which software a loudspeaker is told to run: only what one person proposed and another approved (docs/adr/0040).

Signed for one device at a time, inside the area of its rollout, while that rollout stands. Whoever asks is assumed to
be hostile: a release is code, and a wrong one silences a province.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from devicelink import updates
from devicelink.audience import inside
from devicelink.messages import Manifest
from devicelink.refusals import Reason, Refused


@dataclass(frozen=True, slots=True)
class Rollout:
    """One recorded row: `area` its path; `forward` and `back` are digests of what was approved (`updates.digest`).

    `approver_may`: at that time, and as another person than the proposer. `state`: running | returning | another word,
    in which nothing is signed.
    """

    id: str
    area: str
    forward: str
    back: str
    proposer: str
    approver: str
    approver_may: bool
    state: str


def check_release(
    manifest: Manifest, rollouts: Mapping[str, Rollout], places: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The paths of the areas that hold the device, or `Refused`. `places`: those paths, by device."""
    row = rollouts.get(manifest.order)
    if row is None:
        raise Refused(Reason.NOT_APPROVED, f"no rollout {manifest.order} is recorded")
    if not row.approver_may or not row.approver or row.approver == row.proposer:
        raise Refused(Reason.NOT_APPROVED, f"rollout {row.id}: nobody who may approve it did")
    if row.state != ("returning" if manifest.rollback else "running"):
        raise Refused(Reason.NOT_APPROVED, f"rollout {row.id} is {row.state[:20]}")
    approved = row.back if manifest.rollback else row.forward
    if updates.digest(updates.content_of(manifest)) != approved:
        raise Refused(Reason.WRONG_HASH, f"rollout {row.id}: this is not what was approved")
    paths = places.get(manifest.audience.device or "")
    if not paths:
        raise Refused(Reason.NO_PLACEMENT, "the device stands nowhere")
    if not any(inside(row.area, path) for path in paths):
        raise Refused(Reason.OUTSIDE_SCOPE, f"rollout {row.id} is for {row.area}")
    return paths
