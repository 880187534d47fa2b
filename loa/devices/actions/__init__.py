"""Everything that can be done to loudspeakers and boards, one function a use case."""

from loa.devices.actions.batches import read_batch, receive_batch, take_batch, token_of
from loa.devices.actions.bulk import carry_out, preview_bulk
from loa.devices.actions.commands import say_volumes, send_event, set_max_volume, set_volume, stop_item
from loa.devices.actions.correcting import correct
from loa.devices.actions.diagnosing import update_incidents
from loa.devices.actions.documents import publish_documents, reserve_revisions, withdraw_document
from loa.devices.actions.enrolment import (
    accept_enrolment,
    add_device,
    confirm_placement,
    issue_claim_code,
    issue_claim_codes,
    reject_key,
)
from loa.devices.actions.following import follow_rules, save_rule_group, shift
from loa.devices.actions.groups import delete_group, place_anew, save_group, why_kept
from loa.devices.actions.hearing import ask_selftest, forget_selftests, store_selftest
from loa.devices.actions.holding import record_hold, release_hold, set_hold
from loa.devices.actions.keeping import DESCRIBED, describe, rename, retire, revoke
from loa.devices.actions.merging import take_over
from loa.devices.actions.moving import move
from loa.devices.actions.numbers import free_number
from loa.devices.actions.outages import cancel_outage, plan_outage
from loa.devices.actions.placing import place, refresh_places
from loa.devices.actions.poles import describe_pole, show_pole
from loa.devices.actions.refusing import note_refusals
from loa.devices.actions.releases import (
    add_release,
    approve_rollout,
    halt_rollout,
    propose_rollout,
    refuse_rollout,
    resume_rollout,
    return_rollout,
    withdraw_rollout,
)
from loa.devices.actions.reporting import ask_log, forget_logs, read_log, take_log
from loa.devices.actions.rolling import move_rollouts
from loa.devices.actions.tickets import (
    add_photo,
    cancel_ticket,
    change_ticket,
    close_proven,
    open_ticket,
    report_failed,
    report_repaired,
)
from loa.devices.rules.papers import CLAIM_LIFE

__all__ = [
    "CLAIM_LIFE",
    "DESCRIBED",
    "accept_enrolment",
    "add_device",
    "add_photo",
    "add_release",
    "approve_rollout",
    "ask_log",
    "ask_selftest",
    "cancel_outage",
    "cancel_ticket",
    "carry_out",
    "change_ticket",
    "close_proven",
    "confirm_placement",
    "correct",
    "delete_group",
    "describe",
    "describe_pole",
    "follow_rules",
    "forget_logs",
    "forget_selftests",
    "free_number",
    "halt_rollout",
    "issue_claim_code",
    "issue_claim_codes",
    "move",
    "move_rollouts",
    "note_refusals",
    "open_ticket",
    "place",
    "place_anew",
    "plan_outage",
    "preview_bulk",
    "propose_rollout",
    "publish_documents",
    "read_batch",
    "read_log",
    "receive_batch",
    "record_hold",
    "refresh_places",
    "refuse_rollout",
    "reject_key",
    "release_hold",
    "rename",
    "report_failed",
    "report_repaired",
    "reserve_revisions",
    "resume_rollout",
    "retire",
    "return_rollout",
    "revoke",
    "save_group",
    "save_rule_group",
    "say_volumes",
    "send_event",
    "set_hold",
    "set_max_volume",
    "set_volume",
    "shift",
    "show_pole",
    "stop_item",
    "store_selftest",
    "take_batch",
    "take_log",
    "take_over",
    "token_of",
    "update_incidents",
    "why_kept",
    "withdraw_document",
    "withdraw_rollout",
]
