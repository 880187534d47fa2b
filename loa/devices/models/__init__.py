"""Tables of the loudspeakers and boards. Split by who writes them: people, the field, the platform's own papers."""

from loa.devices.models.air import ClusterRules, Mute
from loa.devices.models.care import (
    DeviceBatch,
    Hardware,
    Photo,
    Pole,
    RepairTicket,
    SavedFilter,
    TicketStep,
)
from loa.devices.models.device import ClaimCode, Device, DeviceGroup, PlanSet, group_id
from loa.devices.models.incident import Incident, IncidentMember, PlannedOutage
from loa.devices.models.papers import Ack, Hold, OutboxMessage, SignedDocument
from loa.devices.models.releases import LogRequest, Release, Rollout, RolloutMember
from loa.devices.models.selftest import SelfTest
from loa.devices.models.status import DeviceStatus, HourlyRollup, Refusal, Transition

__all__ = [
    "Ack",
    "ClaimCode",
    "ClusterRules",
    "Device",
    "DeviceBatch",
    "DeviceGroup",
    "DeviceStatus",
    "Hardware",
    "Hold",
    "HourlyRollup",
    "Incident",
    "IncidentMember",
    "LogRequest",
    "Mute",
    "OutboxMessage",
    "Photo",
    "PlanSet",
    "PlannedOutage",
    "Pole",
    "Refusal",
    "Release",
    "RepairTicket",
    "Rollout",
    "RolloutMember",
    "SavedFilter",
    "SelfTest",
    "SignedDocument",
    "TicketStep",
    "Transition",
    "group_id",
]
