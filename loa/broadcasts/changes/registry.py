"""Every kind of change there is, and their form outside: JSON with the field "kind"."""

from functools import reduce
from operator import or_

import msgspec

from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.kinds import (
    air,
    bulletins,
    clusters,
    days_off,
    devices,
    extensions,
    fleet,
    groups,
    languages,
    mergers,
    mutes,
    programmes,
    relays,
    rules,
    rundowns,
    schedules,
    sources,
    weeks,
)
from loa.kernel.errors import Invalid

# A new kind: its struct here, and nothing else.
KINDS: tuple[type[Change], ...] = (
    bulletins.HandIn,
    schedules.NewSchedule,
    schedules.ChangeSchedule,
    schedules.MoveAiring,
    schedules.DropAiring,
    schedules.EndSchedule,
    relays.NewRelay,
    sources.ChangeSource,
    sources.ChooseReception,
    groups.SaveGroup,
    groups.SaveRuleGroup,
    groups.DissolveGroup,
    rules.SetHours,
    air.SetAir,
    clusters.SetCluster,
    clusters.EndCluster,
    days_off.AddDayOff,
    days_off.EndDayOff,
    mutes.SetMute,
    mutes.LiftMute,
    extensions.AskExtension,
    extensions.ApproveExtension,
    extensions.EndExtension,
    languages.SetLanguages,
    programmes.SaveProgramme,
    programmes.CloseProgramme,
    rundowns.SaveRundown,
    rundowns.FillPart,
    rundowns.SetSeason,
    rundowns.ChangeSession,
    rundowns.UsualSession,
    weeks.ApplyGrid,
    weeks.ImportSessions,
    weeks.CopyWeek,
    weeks.PlanDuty,
    devices.MoveDevice,
    devices.MergeCommunes,
    mergers.PlanMerger,
    mergers.CancelMerger,
    fleet.CorrectDevice,
    fleet.DoTogether,
)
_DECODER: msgspec.json.Decoder[Change] = msgspec.json.Decoder(reduce(or_, KINDS))
_ENCODER = msgspec.json.Encoder(order="deterministic")


def encode(change: Change) -> bytes:
    """The one form of this change, the same for equal changes."""
    return _ENCODER.encode(change)


def shown(change: Change) -> bytes:
    """Its form as far as it decides what is heard: reasons in words may be added after the difference was shown."""
    return encode(msgspec.structs.replace(change, **dict.fromkeys(change.only_words, "")))


def decode(data: bytes | str) -> Change:
    """Inverse of `encode`. Raises Invalid for a kind that does not exist and for fields that do not fit."""
    try:
        return _DECODER.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Invalid("Không đọc được thay đổi này.", code="change_malformed", facts={"detail": str(error)}) from error
