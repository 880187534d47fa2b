"""What needs a person, whom, when they are told and who is told next. Pure."""

from loa.notifications.rules.kinds import KINDS, Count, Kind, Step, Urgency
from loa.notifications.rules.needs import Need
from loa.notifications.rules.times import Quiet

__all__ = ["KINDS", "Count", "Kind", "Need", "Quiet", "Step", "Urgency"]
