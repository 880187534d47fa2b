"""What is sent when, where and by whose leave; the airings of the next days; the proofs of what sounded."""

from loa.broadcasts.models.changes import KeptChange
from loa.broadcasts.models.fees import FeeRate
from loa.broadcasts.models.live import LivePermit, LiveSession
from loa.broadcasts.models.mergers import PlannedMerger
from loa.broadcasts.models.plans import Airing, PlanDay, PlanState
from loa.broadcasts.models.proofs import PlayProof, PlaySum, ProofChain, SummedMonth
from loa.broadcasts.models.schedules import CalendarFeed, Obligation, Schedule, State
from loa.broadcasts.models.sendings import Delivery, Sending
from loa.broadcasts.models.slots import Programme, RundownItem, SessionChange

__all__ = [
    "Airing",
    "CalendarFeed",
    "Delivery",
    "FeeRate",
    "KeptChange",
    "LivePermit",
    "LiveSession",
    "Obligation",
    "PlanDay",
    "PlanState",
    "PlannedMerger",
    "PlayProof",
    "PlaySum",
    "Programme",
    "ProofChain",
    "RundownItem",
    "Schedule",
    "Sending",
    "SessionChange",
    "State",
    "SummedMonth",
]
