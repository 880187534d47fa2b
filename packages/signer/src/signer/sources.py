"""Alerts that a source may send without people: its signed CAP document is judged here, by the host's own list.

Whoever asks brings the document and the alert that shall come of it. The alert is made here once more, from what the
source signed and from the list alone; anything else that it says, where it goes, how it sounds or how long, is refused.
So it has no voice: nobody but the source has spoken, and it has sent words. Sirens come from the list.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cap import policy, resolve, rules, signature
from cap import refusals as cap
from cap.model import Alert as Document
from cap.model import Info, Reference
from cap.policy import Source
from cap.resolve import Index, Unit
from devicelink import keyfiles
from devicelink.audience import is_area_path
from devicelink.forms import is_line
from devicelink.keyfiles import KeyProblem
from devicelink.limits import MIN_REPEAT_MS
from devicelink.messages import Alert, Audience, Target, Where
from devicelink.refusals import Reason, Refused

from signer.live import level_of

SOURCES_FILE = "sources.json"
HOUR_MS = 3_600_000
REPEAT_MS = 10 * 60_000
MAX_HEADLINE = 200
ID = "cap-{slug}-{digest}"
_REASONS = {
    cap.Code.BAD_SIGNATURE: Reason.BAD_SIGNATURE,
    cap.Code.BAD_SIGNATURE_FORM: Reason.BAD_SIGNATURE,
    cap.Code.NOT_SIGNED: Reason.BAD_SIGNATURE,
    cap.Code.WEAK_ALGORITHM: Reason.BAD_SIGNATURE,
    cap.Code.UNKNOWN_CERTIFICATE: Reason.UNKNOWN_KEY,
    cap.Code.CERTIFICATE_NOT_VALID_NOW: Reason.KEY_NOT_VALID_NOW,
    cap.Code.TOO_LARGE: Reason.TOO_LARGE,
    cap.Code.EXPIRED: Reason.EXPIRED,
    cap.Code.SENT_IN_FUTURE: Reason.NOT_YET_VALID,
    cap.Code.OUTSIDE_AREAS: Reason.OUTSIDE_SCOPE,
    cap.Code.TOO_OFTEN: Reason.LIMIT_EXCEEDED,
    cap.Code.LIVES_TOO_LONG: Reason.LIMIT_EXCEEDED,
}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that documents may mean: as in `cap.resolve.Unit`."""

    path: str
    code: str
    name: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Trusted(msgspec.Struct, frozen=True, kw_only=True):
    """One source. `certificates`: PEM; `source.fingerprints` follow from them. `sirens`: our event -> pattern, none for
    those that are not there. `places`: the units its areas mean.
    """

    source: Source
    certificates: tuple[str, ...]
    sirens: dict[str, str] = msgspec.field(default_factory=dict)
    places: tuple[Place, ...] = ()

    def index(self) -> Index:
        """For looking up what areas mean."""
        return Index(Unit(one.path, one.code, one.name, one.latitude, one.longitude) for one in self.places)


def read(folder: Path) -> dict[str, Trusted]:
    """The list by short name; nobody where there is none. KeyProblem for a damaged or open file."""
    path = folder / SOURCES_FILE
    return checked(keyfiles.read_private(path)) if path.exists() else {}


def put(folder: Path, data: bytes) -> dict[str, Trusted]:
    """Take this list instead of the one there was. KeyProblem, and then nothing has changed."""
    found = checked(data)
    keyfiles.replace(folder / SOURCES_FILE, msgspec.json.encode(found))
    return found


def checked(data: bytes) -> dict[str, Trusted]:
    """The list in these bytes. KeyProblem says what is wrong with it."""
    try:
        rows = msgspec.json.decode(data, type=dict[str, Trusted])
        return {slug: _checked(slug, row) for slug, row in rows.items()}
    except (ValueError, msgspec.MsgspecError) as error:
        raise KeyProblem(f"{SOURCES_FILE}: {error}") from error


def _checked(slug: str, row: Trusted) -> Trusted:
    if not (slug.isascii() and slug.isalnum() and slug.islower() and len(slug) <= 16):
        raise ValueError(f"{slug[:40]!r} is no short name")
    paths = (*row.source.areas, *(one.path for one in row.places))
    if not row.certificates or not row.source.areas or not all(map(is_area_path, paths)):
        raise ValueError(f"{slug}: certificates or areas")
    if not 0 <= row.source.per_hour <= 20:
        raise ValueError(f"{slug}: per_hour")
    marks = tuple(signature.load(pem).fingerprint for pem in row.certificates)
    return msgspec.structs.replace(row, source=msgspec.structs.replace(row.source, fingerprints=marks))


def check(message: Alert, document: str, trusted: Mapping[str, Trusted], relayed: Mapping[str, int], now: int) -> str:
    """The short name of the source that sent this, if it may go out without people; else `Refused`.

    `relayed`: when (ms) which alerts were signed before, whoever vouched for them.
    """
    slug = message.id.split("-")[1] if message.id.startswith("cap-") and message.id.count("-") == 2 else ""
    row = trusted.get(slug)
    if row is None:
        raise Refused(Reason.NOT_APPROVED, "no such source of alerts is trusted here; people have to vouch")
    try:
        made = _made(slug, row, document.encode(), message, relayed, datetime.fromtimestamp(now / 1000, UTC))
    except cap.Refused as refused:
        raise Refused(_REASONS.get(refused.code, Reason.NOT_APPROVED), f"{slug}: {refused}") from refused
    if made != message:
        wrong = [name for name in Alert.__struct_fields__ if getattr(made, name) != getattr(message, name)]
        raise Refused(Reason.NOT_APPROVED, f"{slug}: not what the source signed: {', '.join(wrong)}")
    return slug


def _made(slug: str, row: Trusted, document: bytes, message: Alert, relayed: Mapping[str, int], now: datetime) -> Alert:
    verified = signature.verify(document, [signature.load(pem) for pem in row.certificates], now)
    rules.check(verified.alert, now)
    meant = resolve.resolve(verified.alert, row.index())
    prefix = ID.format(slug=slug, digest="")
    before = [
        datetime.fromtimestamp(at / 1000, UTC)
        for name, at in relayed.items()
        if name.startswith(prefix) and name != message.id
    ]
    known = all(name_of(slug, one) in relayed for one in verified.alert.references)
    code = policy.limit(
        row.source,
        verified.alert,
        fingerprint=verified.fingerprint,
        paths=meant.paths,
        relayed=before,
        known=known,
        now=now,
    )
    if code is not None:
        raise cap.Refused(code, "people have to vouch")
    return alert_of(slug, row, verified.alert, meant.paths, issued=message.issued)


def alert_of(slug: str, row: Trusted, document: Document, paths: tuple[str, ...], *, issued: int) -> Alert:
    """What loudspeakers are told of this document: the worst of its parts counts, all of its places are meant."""
    worst = max(document.info, key=lambda info: policy.rank(info.severity))
    event = policy.event_of(row.source, worst) or ""
    area = resolve.common(paths)
    return Alert(
        audience=Audience(area=area),
        id=name_of(slug, document.name),
        issued=issued,
        expires=max(round(info.expires.timestamp() * 1000) for info in document.info if info.expires is not None),
        kind="update" if document.msg_type == "Update" else "alert",
        references=tuple(name_of(slug, one) for one in document.references),
        status="actual",
        event=event,
        severity=worst.severity.lower(),  # type: ignore[arg-type]
        urgency=worst.urgency.lower(),  # type: ignore[arg-type]
        certainty=worst.certainty.lower(),  # type: ignore[arg-type]
        level=level_of(area),  # type: ignore[arg-type]
        siren=row.sirens.get(event, ""),
        repeat=max(REPEAT_MS, MIN_REPEAT_MS),
        headline=_line(_vietnamese(document.info).headline or worst.event),
        source=_line(row.source.name),
        targets=(Target(id="cap", where=Where() if paths == (area,) else Where(areas=paths)),),
    )


def name_of(slug: str, name: Reference) -> str:
    """The id of the alert that comes of the document with this name."""
    said = f"{name.sender},{name.identifier},{round(name.sent.timestamp())}"
    return ID.format(slug=slug, digest=hashlib.sha256(said.encode()).hexdigest()[:24])


def _vietnamese(infos: tuple[Info, ...]) -> Info:
    return next((info for info in infos if info.language.lower().startswith("vi")), infos[0])


def _line(text: str) -> str:
    """One line that loudspeakers take."""
    short = " ".join(text.split())[:MAX_HEADLINE]
    return short if is_line(short, len(short)) else "CAP"
