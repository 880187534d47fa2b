"""Makes the plans of the next days: one a plan set, signed once, published only when it says something new."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from devicelink.audience import inside
from devicelink.messages import Audience, Plan
from devicelink.signing import Job, Signed, job
from django.db import transaction

from loa.areas.air import Book
from loa.areas.queries import languages_in, rules_in
from loa.areas.rules import Level
from loa.broadcasts import materialise
from loa.broadcasts.materialise import Scope
from loa.broadcasts.models import PlanState, Schedule
from loa.broadcasts.queries import laying, sources
from loa.broadcasts.rules import numbers, plans
from loa.broadcasts.rules.targets import Place
from loa.devices.actions import publish_documents, reserve_revisions
from loa.devices.actions.documents import Document
from loa.devices.queries.signers import signed_by_others
from loa.devices.rules import papers
from loa.kernel.clock import local
from loa.relays.queries import ways

log = logging.getLogger(__name__)

TYP = Plan.typ
# Plan sets of one transaction: bounds memory, and how much one failure undoes.
BATCH = 60
MOST_LEFT_TOLD = 20
TRY_AGAIN_AFTER = timedelta(minutes=5)


class Signer(Protocol):
    """Signs what its own checks allow: `devicelink.signing.SignerClient`, or one inside the process of a test."""

    def sign_all(self, jobs: Iterable[Job]) -> Iterator[Signed]:
        """One outcome a job, in the same order. SignerUnavailable if it does not answer."""
        ...


@dataclass(slots=True)
class Outcome:
    """Plan set -> new revision; those that say nothing new; those refused, with the code of the wire and why."""

    published: dict[str, int] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)


def compile_plans(*, signer: Signer, now: datetime, plan_sets: Collection[str] | None = None) -> Outcome:
    """Bring these plans (None = all) up to date. SignerUnavailable: what was not yet published stays as it was.

    A plan that cannot be made keeps its predecessor in force and is named in the outcome.
    """
    outcome = Outcome()
    places = sources.places(plan_sets=plan_sets)
    for at in range(0, len(places), BATCH):
        _compile_batch([place.id for place in places[at : at + BATCH]], signer, now, outcome)
    return outcome


@transaction.atomic
def _compile_batch(plan_sets: Sequence[str], signer: Signer, now: datetime, outcome: Outcome) -> None:
    """Everything is read after the rows are locked, so a change that comes later finds them and touches them again."""
    known = _locked(plan_sets)
    places = sources.places(plan_sets=plan_sets)
    horizon = plans.Horizon(local(now).date())
    schedules = list(sources.approved(sorted({place.area for place in places}), horizon.day))
    planner = planner_for(places, schedules, horizon, now)
    bodies = [body for place in places if (body := _body(planner, place, known[place.id], outcome)) is not None]
    news = [body for body in bodies if not _same(body, known[body.plan_set])]
    published = _publish(news, known, horizon, signer, now, outcome)
    materialise.store(published, _scope(schedules, planner), horizon, now)
    done = {body.plan_set for body in published}
    unchanged = [body for body in bodies if body.plan_set not in done and body.plan_set not in outcome.refused]
    outcome.unchanged += [body.plan_set for body in unchanged]
    held = _numbers(places, planner.book, horizon.day)
    for body in (*published, *unchanged):
        _settle(known[body.plan_set], body, horizon, outcome.published.get(body.plan_set))
        known[body.plan_set].numbers = held[body.plan_set]
    _save(known.values(), now)


def planner_for(
    places: Sequence[Place], schedules: Sequence[Schedule], horizon: plans.Horizon, now: datetime
) -> plans.Planner:
    """Ready to plan these places: for their loudspeakers, and for whoever asks what a change would make of them."""
    planner = plans.Planner(horizon, now, languages_in({place.area for place in places}), air_of(places, horizon))
    planner.ways = ways(frozenset().union(*(place.groups for place in places)))
    planner.add(laying.settled(sources.entries(schedules), schedules, horizon, now))
    return planner


def air_of(places: Iterable[Place], horizon: plans.Horizon) -> Book:
    """The rules of the air of these communes and of the hamlets in which their loudspeakers stand. Three queries."""
    stands = {place.area for place in places}
    stands |= {
        path for place in places for areas in place.devices.values() for path in areas if inside(place.area, path)
    }
    return rules_in(stands, local(horizon.start).date(), local(horizon.end).date())


def _locked(plan_sets: Collection[str]) -> dict[str, PlanState]:
    """The rows, made where they are missing, held until the end of the transaction: by everybody in one order."""
    PlanState.objects.bulk_create((PlanState(plan_set_id=name) for name in sorted(plan_sets)), ignore_conflicts=True)
    rows = PlanState.objects.select_for_update().filter(pk__in=plan_sets).order_by("pk")
    return {str(row.pk): row for row in rows}


def _body(planner: plans.Planner, place: Place, state: PlanState, outcome: Outcome) -> plans.Body | None:
    try:
        body = planner.body(place)
    except plans.TooLarge as error:
        _refuse(state, outcome, "limit_exceeded", error.message)
        return None
    for left in body.left:
        log.warning("not planned: schedule %s in %s: %s", left.schedule, left.plan_set, left.detail)
    return body


def _refuse(state: PlanState, outcome: Outcome, code: str, detail: str) -> None:
    log.error("no plan for %s: %s: %s", state.pk, code, detail)
    outcome.refused[str(state.pk)] = (code, detail)
    state.refused, state.refused_detail = code[:40], detail[:500]


def _same(body: plans.Body, state: PlanState) -> bool:
    return body.content == state.content


def _publish(
    news: Sequence[plans.Body],
    known: dict[str, PlanState],
    horizon: plans.Horizon,
    signer: Signer,
    now: datetime,
    outcome: Outcome,
) -> list[plans.Body]:
    """Sign and publish; what the signer refuses is named and left out."""
    subjects = {body.plan_set: papers.subject_of(Audience(plan_set=body.plan_set)) for body in news}
    revisions = reserve_revisions(TYP, subjects.values(), now=now) if news else {}
    messages = [plans.plan_of(body, horizon, revisions[subjects[body.plan_set]], now) for body in news]
    documents: list[Document] = []
    accepted: list[plans.Body] = []
    for body, message, signed in zip(news, messages, signer.sign_all(map(job, messages)), strict=True):
        if not signed.jws:
            _refuse(known[body.plan_set], outcome, signed.code, signed.detail)
            continue
        outcome.published[body.plan_set] = message.revision
        documents.append(Document(TYP, subjects[body.plan_set], message.revision, signed.jws))
        accepted.append(body)
        known[body.plan_set].size = len(signed.jws)
    publish_documents(documents, now=now)
    return accepted


def _scope(schedules: Iterable[Schedule], planner: plans.Planner) -> Scope:
    shared = [row for row in schedules if row.area.level < Level.COMMUNE]
    lengths = {str(row.pk): entry.duration for row in shared if (entry := sources.entry_of(row)) and entry.spoken[1:]}
    return Scope({str(row.pk): str(row.approval_id) for row in schedules}, planner.alive(), lengths)


def _numbers(places: Iterable[Place], book: Book | None, day: date) -> dict[str, str]:
    """Plan set -> digest of the sessions and minutes that its plan from this day on is held to."""
    return {place.id: numbers.digest(place, book, day, plans.DAYS) if book else "" for place in places}


def _settle(state: PlanState, body: plans.Body, horizon: plans.Horizon, revision: int | None) -> None:
    state.content, state.members, state.day = body.content, body.members, horizon.day
    state.airings = len(body.airings)
    state.revision = revision or state.revision
    state.left = [_left(left) for left in body.left[:MOST_LEFT_TOLD]]
    state.refused = state.refused_detail = ""


def _left(left: plans.Left) -> dict[str, object]:
    return {"schedule": left.schedule, "title": left.title, "start": left.start, "reason": left.reason}


def _save(states: Iterable[PlanState], now: datetime) -> None:
    rows = list(states)
    for row in rows:
        row.compiled_at, row.touched_at = now, None
    columns = [
        "content",
        "members",
        "numbers",
        "day",
        "airings",
        "size",
        "revision",
        "refused",
        "refused_detail",
        "left",
    ]
    PlanState.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["plan_set"], update_fields=[*columns, "compiled_at", "touched_at"]
    )


def touch(plan_sets: Collection[str], *, now: datetime) -> None:
    """These plans have to be made anew; inside the transaction of the change."""
    PlanState.objects.filter(pk__in=_locked(plan_sets)).update(touched_at=now)


@transaction.atomic
def key_exchanged(kids: Collection[str], *, now: datetime) -> int:
    """Plans that none of `kids`, the keys in use, signed are made anew though they say nothing new. How many.

    A loudspeaker forgets what a key signed together with the key.
    """
    names = {subject.removeprefix("plan_set/") for subject in signed_by_others(TYP, kids)}
    names &= {place.id for place in sources.places(plan_sets=names)} if names else set()
    rows = PlanState.objects.select_for_update().filter(pk__in=names, refused="").order_by("pk")
    return PlanState.objects.filter(pk__in=[row.pk for row in rows]).update(content="", touched_at=now)


def due(now: datetime) -> list[str]:
    """Plan sets whose plan is missing, touched, of another day than today (from their minute of the night on), refused
    a while ago, no longer for the same devices, or held to other numbers of sessions and minutes."""
    today = local(now).date()
    states = {str(row.pk): row for row in PlanState.objects.all()}
    places = sources.places()
    # A plan of yesterday is still in force until its minute of the night.
    book = air_of(places, plans.Horizon(today - timedelta(days=1), plans.DAYS + 1))
    return [
        place.id
        for place in places
        if (state := states.get(place.id)) is None or _stale(state, place, book, today, now)
    ]


def _stale(state: PlanState, place: Place, book: Book, today: date, now: datetime) -> bool:
    if state.touched_at is not None or (state.day is None and not state.refused):
        return True
    if state.refused:
        return state.compiled_at is None or now - state.compiled_at > TRY_AGAIN_AFTER
    if state.day != today and plans.reissue_due(place.id, now):
        return True
    if state.members != plans.members_of(place):
        return True
    return state.day is not None and state.numbers != numbers.digest(place, book, state.day, plans.DAYS)


def touched() -> list[str]:
    """Plan sets with a change that waits: a cheap look between the wide ones of `due`.

    No instants are compared: a change that waited for a compilation to end began before that one did.
    """
    return [str(pk) for pk in PlanState.objects.filter(touched_at__isnull=False).values_list("pk", flat=True)]
