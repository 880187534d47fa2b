"""Whether an alert, or what ends one, may be signed: two people by their passkeys (docs/adr/0042).

Everything comes from the signer's own folder and memory; the database is not asked, so that an alert goes out when it
is down. Whoever asks is assumed to be mistaken or hostile. Each doubt has its own code.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from devicelink import contents, emergencies, vouching
from devicelink.audience import inside
from devicelink.messages import Alert, Cancel
from devicelink.refusals import Reason, Refused
from devicelink.vouching import Word

from signer import passkeys, sources
from signer.confirmers import Confirmer, Known
from signer.live import LEVELS, level_of

AUTHOR_FRESH_MS = 30 * 60_000  # as long as people are asked for the second word; what waited longer is written anew
CONFIRMER_FRESH_MS = 10 * 60_000  # it is signed at once; what was kept back was kept for a reason
WORD_AHEAD_MS = 60_000  # the page's instant is the gateway's, another clock than ours
ISSUE_ERROR_MS = 5 * 60_000
HOUR_MS = 3_600_000
MOST_AN_HOUR = 20  # of one status, that one place hears from its own level and from above
MOST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Issued:
    """What is remembered of an alert that was signed `at`, to end at `until` (ms); `people` vouched for it."""

    at: int
    area: str
    status: str
    until: int = 0
    people: frozenset[str] = frozenset()
    level: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What the signer remembers: alerts by id, at least those of two days; when alerts were cancelled or replaced."""

    alerts: Mapping[str, Issued]
    ended: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who vouched. `alone`: an actual alert by one person, as the host allows for this area. `source`: a document of
    this source did, instead of people.
    """

    author: Confirmer | None
    confirmer: Confirmer | None = None
    alone: bool = False
    source: str = ""

    @property
    def by(self) -> str:
        """Whom the journal names: a user, or the source whose document it was."""
        return self.author.user if self.author else f"cap:{self.source}"


def check(
    message: Alert | Cancel,
    words: tuple[Word, ...],
    cap: str,
    *,
    scope: str,
    known: Known,
    demo: bool,
    past: Past,
    now: int,
) -> Vouched:
    """Who vouched for this at `now` (ms), if a key of this `scope` may sign it; else `Refused`."""
    contents.check_form(message)
    contents.check_limits(message)
    if abs(message.issued - now) > ISSUE_ERROR_MS:
        raise Refused(Reason.NOT_YET_VALID if message.issued > now else Reason.EXPIRED, "issue time is not now")
    if not inside(scope, area_of(message)):
        raise Refused(Reason.OUTSIDE_SCOPE, f"the key speaks for {scope}, not for {area_of(message)}")
    if cap:
        return _relayed(message, words, cap, known, past, now)
    vouched = _vouched(message, words, known, demo, now)
    _check_ended(message, past, two=vouched.confirmer is not None)
    if isinstance(message, Alert) and vouched.author is not None:
        _check_level(message, vouched.author)
        _check_often(message, past, now)
    return vouched


def area_of(message: Alert | Cancel) -> str:
    """The path of its audience; the form says that it is an area."""
    return message.audience.area or ""


def _relayed(message: Alert | Cancel, words: tuple[Word, ...], cap: str, known: Known, past: Past, now: int) -> Vouched:
    """A verified CAP document of a source that this host trusts, instead of words (docs/adr/0045)."""
    if words or isinstance(message, Cancel):
        raise Refused(Reason.NOT_APPROVED, "a document stands instead of words, and ends nothing by itself")
    relayed = {name: issued.at for name, issued in past.alerts.items()}
    source = sources.check(message, cap, known.sources, relayed, now)
    _check_ended(message, past, two=False)
    _check_often(message, past, now)
    return Vouched(None, source=source)


def _vouched(message: Alert | Cancel, words: tuple[Word, ...], known: Known, demo: bool, now: int) -> Vouched:
    by_part = {word.part: word for word in words}
    if len(words) > MOST_WORDS or len(by_part) != len(words) or "author" not in by_part:
        raise Refused(Reason.NOT_APPROVED, "an alert has one author, and at most one confirmer")
    author = _person(message, by_part["author"], known, demo, now)
    if "confirmer" not in by_part:
        return _alone(message, author, known)
    confirmer = _person(message, by_part["confirmer"], known, demo, now)
    if author.user == confirmer.user or author.credential == confirmer.credential or author.public == confirmer.public:
        raise Refused(Reason.NOT_APPROVED, "the author confirmed alone")
    return Vouched(author, confirmer)


def _alone(message: Alert | Cancel, author: Confirmer, known: Known) -> Vouched:
    if message.status != "actual":
        return Vouched(author)
    if any(inside(area, area_of(message)) for area in known.site.break_glass):
        return Vouched(author, alone=True)
    raise Refused(Reason.NOT_APPROVED, "an actual alert needs a second person here")


def _person(message: Alert | Cancel, word: Word, known: Known, demo: bool, now: int) -> Confirmer:
    fresh = AUTHOR_FRESH_MS if word.part == "author" else CONFIRMER_FRESH_MS
    if word.at > now + WORD_AHEAD_MS:
        raise Refused(Reason.NOT_YET_VALID, f"the word of the {word.part} is of the future")
    if now - word.at > fresh:
        raise Refused(Reason.EXPIRED, f"the word of the {word.part} is older than {fresh // 60_000} minutes")
    by = passkeys.find(word.user, word.assertion, known.confirmers, right="alert", demo=demo)
    if not by.may(now):
        raise Refused(Reason.KEY_NOT_VALID_NOW, f"the word of {by.name} does not count now")
    if not inside(by.scope, area_of(message)):
        raise Refused(Reason.OUTSIDE_SCOPE, f"{by.name} speaks for {by.scope}, not for {area_of(message)}")
    asked = vouching.challenge(message, part=word.part, user=word.user, at=word.at)
    passkeys.check(by, word.assertion, asked, known.site, demo=demo)
    return by


def _check_ended(message: Alert | Cancel, past: Past, *, two: bool) -> None:
    """What ends an alert is vouched for like the alert, and reaches no less far: no commune ends the province's."""
    if isinstance(message, Alert) and message.id in past.ended:
        raise Refused(Reason.DUPLICATE, f"alert {message.id} was ended before it was issued")
    for name in emergencies.ended_by(message):
        issued = past.alerts.get(name)
        if issued is None:  # of another signer, or this journal was lost: then it may be an actual one
            if message.status != "actual" or not two:
                raise Refused(Reason.NOT_APPROVED, f"alert {name} is not known here; two people have to end it")
        elif issued.status != message.status:
            raise Refused(Reason.NOT_APPROVED, f"alert {name} is {issued.status}, not {message.status}")
        elif not inside(area_of(message), issued.area):
            raise Refused(Reason.OUTSIDE_SCOPE, f"alert {name} was for {issued.area}, more than {area_of(message)}")


def _check_level(alert: Alert, author: Confirmer) -> None:
    """Who speaks for a commune goes before nobody of the province."""
    if LEVELS.index(alert.level) < LEVELS.index(level_of(author.scope)):
        raise Refused(Reason.WRONG_ROLE, f"{author.name} speaks for {author.scope}, that is no {alert.level}")


def _check_often(alert: Alert, past: Past, now: int) -> None:
    """Nobody counts alerts on a bad night; but no place has to hear more than this, whoever was taken over.

    Counted by status, so that tests never use up what actual alerts may need.
    """
    heard = sum(
        name != alert.id
        and issued.status == alert.status
        and now - issued.at < HOUR_MS
        and inside(issued.area, area_of(alert))
        for name, issued in past.alerts.items()
    )
    if heard >= MOST_AN_HOUR:
        raise Refused(Reason.LIMIT_EXCEEDED, f"{area_of(alert)} was sent {heard} {alert.status} alerts within an hour")
