"""What was sent to the loudspeakers as OASIS CAP 1.2, for boards, websites and other services. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cap import model as cap
from devicelink import messages as wire
from devicelink.messages import Cancel, Target, Where

from loa.alerts import hazards
from loa.alerts.wishes import Said

EVENT = "loa:event"
AREA = "loa:area"
CODE = "GSO"
STATUS: Mapping[str, cap.Status] = {"actual": "Actual", "exercise": "Exercise", "test": "Test"}
NOTES = {"cancel": "Hủy cảnh báo: tin trước không đúng.", "end": "Kết thúc cảnh báo: nguy hiểm đã qua."}
NOTES_OF_STATUS = {"exercise": "Đây là diễn tập, không phải cảnh báo thực.", "test": "Đây là kiểm tra đường truyền."}


@dataclass(frozen=True, slots=True)
class Unit:
    """What a place is called, and its code of the General Statistics Office ("" for hamlets)."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it was sent: its words, when it was issued and when it is over, and what it refers to."""

    message: wire.Alert | Cancel
    said: Sequence[Said]
    issued: datetime
    expires: datetime
    references: tuple[cap.Reference, ...] = ()


def document(sent: Sent, sender: str, units: Mapping[str, Unit]) -> cap.Alert:
    """The same in CAP: a text for each target and language. `units` by path, all that the message names."""
    message = sent.message
    notes = [NOTES_OF_STATUS.get(message.status, "")]
    if isinstance(message, Cancel):
        notes.insert(0, NOTES[message.kind])
    return cap.Alert(
        identifier=message.id,
        sender=sender,
        sent=sent.issued,
        status=STATUS[message.status],
        msg_type="Cancel" if isinstance(message, Cancel) else "Update" if message.kind == "update" else "Alert",
        scope="Public",
        note=" ".join(note for note in notes if note),
        references=sent.references,
        info=() if isinstance(message, Cancel) else tuple(_infos(sent, message, units)),
    )


def paths_of(message: wire.Alert | Cancel) -> set[str]:
    """Every place that has to be named."""
    return {message.audience.area or "", *(path for target in message.targets for path in target.where.areas)}


def _infos(sent: Sent, message: wire.Alert, units: Mapping[str, Unit]) -> list[cap.Info]:
    found = []
    for target in message.targets:
        said = [one for one in sent.said if one.target == target.id] or [Said(target=target.id, language="vi", text="")]
        found += [_info(sent, message, target, one, units) for one in said]
    return found


def _info(sent: Sent, message: wire.Alert, target: Target, said: Said, units: Mapping[str, Unit]) -> cap.Info:
    kind = hazards.book().kinds.get(message.event)
    risk = (cap.Pair(value_name="loa:risk", value=str(message.risk)),) if message.risk else ()
    return cap.Info(
        language=said.language,
        category=(kind.category if kind else "Other",),  # type: ignore[arg-type]
        event=hazards.book().name_of(message.event),
        urgency=message.urgency.capitalize(),  # type: ignore[arg-type]
        severity=message.severity.capitalize(),  # type: ignore[arg-type]
        certainty=message.certainty.capitalize(),  # type: ignore[arg-type]
        event_code=(cap.Pair(value_name=EVENT, value=message.event),),
        effective=sent.issued,
        expires=sent.expires,
        sender_name=message.issuer,
        headline=message.headline,
        description=said.text,
        parameter=risk,
        area=tuple(_areas(target.where, message.audience.area or "", units)),
    )


def _areas(where: Where, whole: str, units: Mapping[str, Unit]) -> list[cap.Area]:
    drawn = [*where.polygons, *where.circles]
    paths = where.areas or (() if drawn else (whole,))
    found = [_unit(path, units) for path in paths]
    if drawn:
        found.append(
            cap.Area(
                area_desc=_name(whole, units),
                polygon=tuple(tuple(map(_point, one.ring)) for one in where.polygons),
                circle=tuple(cap.Circle(centre=_point(one.centre), radius=one.radius / 1000) for one in where.circles),
            )
        )
    return found


def _unit(path: str, units: Mapping[str, Unit]) -> cap.Area:
    unit = units.get(path)
    code = (cap.Pair(value_name=CODE, value=unit.code),) if unit and unit.code else ()
    return cap.Area(area_desc=_name(path, units), geocode=(*code, cap.Pair(value_name=AREA, value=path)))


def _name(path: str, units: Mapping[str, Unit]) -> str:
    return units[path].name if path in units else path


def _point(point: wire.Point) -> cap.Point:
    return cap.Point(latitude=point.latitude, longitude=point.longitude)
