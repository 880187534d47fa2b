"""Everything that can be done to the air, one function a use case."""

from loa.broadcasts.actions.airings import move_airing, remove_airing
from loa.broadcasts.actions.composing import put_on_air
from loa.broadcasts.actions.deciding import approve, end, end_revoked, escalate, return_, withdraw
from loa.broadcasts.actions.delivering import choose, enter, enter_due, put_in_order, refuse
from loa.broadcasts.actions.duties import end_obligation, plan_obligation, set_obligation
from loa.broadcasts.actions.fees import set_fee
from loa.broadcasts.actions.framing import draft_frame
from loa.broadcasts.actions.grids import apply_grid, why_not
from loa.broadcasts.actions.languages import set_languages
from loa.broadcasts.actions.programmes import close_programme, save_programme
from loa.broadcasts.actions.proofs import Acknowledged, store_proofs
from loa.broadcasts.actions.proposing import change, propose, recall, submit
from loa.broadcasts.actions.rundowns import (
    Wanted,
    change_session,
    put_in_item,
    put_in_relay,
    save_rundown,
    set_season,
    undo_session_change,
)
from loa.broadcasts.actions.sending import approve_sending, ask_sending, return_sending, take_back
from loa.broadcasts.actions.weeks import WEEK, copy_last_week

__all__ = [
    "WEEK",
    "Acknowledged",
    "Wanted",
    "apply_grid",
    "approve",
    "approve_sending",
    "ask_sending",
    "change",
    "change_session",
    "choose",
    "close_programme",
    "copy_last_week",
    "draft_frame",
    "end",
    "end_obligation",
    "end_revoked",
    "enter",
    "enter_due",
    "escalate",
    "move_airing",
    "plan_obligation",
    "propose",
    "put_in_item",
    "put_in_order",
    "put_in_relay",
    "put_on_air",
    "recall",
    "refuse",
    "remove_airing",
    "return_",
    "return_sending",
    "save_programme",
    "save_rundown",
    "set_fee",
    "set_languages",
    "set_obligation",
    "set_season",
    "store_proofs",
    "submit",
    "take_back",
    "undo_session_change",
    "why_not",
    "withdraw",
]
