"""Everything that can be done to loudspeakers and boards, one function a use case."""

from loa.devices.actions.commands import send_event, set_max_volume, set_volume, stop_item
from loa.devices.actions.correcting import correct
from loa.devices.actions.diagnosing import update_incidents
from loa.devices.actions.documents import publish_documents, reserve_revisions, withdraw_document
from loa.devices.actions.enrolment import accept_enrolment, add_device, confirm_placement, issue_claim_code, reject_key
from loa.devices.actions.groups import delete_group, place_anew, save_group, why_kept
from loa.devices.actions.holding import record_hold, release_hold, set_hold
from loa.devices.actions.keeping import describe, rename, retire, revoke
from loa.devices.actions.moving import move
from loa.devices.actions.numbers import free_number
from loa.devices.actions.outages import cancel_outage, plan_outage
from loa.devices.actions.placing import place, refresh_places
from loa.devices.actions.refusing import note_refusals
from loa.devices.rules.papers import CLAIM_LIFE

__all__ = [
    "CLAIM_LIFE",
    "accept_enrolment",
    "add_device",
    "cancel_outage",
    "confirm_placement",
    "correct",
    "delete_group",
    "describe",
    "free_number",
    "issue_claim_code",
    "move",
    "note_refusals",
    "place",
    "place_anew",
    "plan_outage",
    "publish_documents",
    "record_hold",
    "refresh_places",
    "reject_key",
    "release_hold",
    "rename",
    "reserve_revisions",
    "retire",
    "revoke",
    "save_group",
    "send_event",
    "set_hold",
    "set_max_volume",
    "set_volume",
    "stop_item",
    "update_incidents",
    "why_kept",
    "withdraw_document",
]
