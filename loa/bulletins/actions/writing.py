"""The writer's part: write, change, hand in, take back."""

from datetime import datetime
from uuid import UUID

from devicelink.audience import inside
from django.db import transaction

from loa.areas.models import Area
from loa.bulletins import access, queries, rules
from loa.bulletins.actions.steps import note, save, told
from loa.bulletins.actions.wording import note_words
from loa.bulletins.models import Bulletin, Category, Version, VersionLanguage
from loa.bulletins.preflight import subjects
from loa.bulletins.rules import Draft
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.media import rules as media_rules
from loa.media.access import sound_for
from loa.media.blocks import shelf
from loa.media.models import Block, Sound
from loa.people.access import require
from loa.people.models import User
from loa.relays.access import relay_for


@transaction.atomic
@told()
def create_draft(*, actor: User, bulletin_id: UUID, area: Area, draft: Draft, now: datetime) -> Bulletin:
    """A new bulletin under the id that the writer's browser made; the same again gives the one that is there.

    Raises NotFound, Denied, Refusal (see rules.check_draft), Invalid.
    """
    require(actor, access.WRITE, area, now)
    rules.check_draft(draft)
    bulletin, made = Bulletin.objects.get_or_create(
        pk=bulletin_id, defaults={"area": area, "author": actor, "made_at": now, "changed_at": now}
    )
    if not made:
        if (bulletin.author_id, bulletin.area_id) != (actor.pk, area.pk):
            raise NotFound
        return bulletin
    _write(Version(bulletin=bulletin, number=1), actor, draft, now)
    note(actor, "bulletin.created", bulletin, now)
    return bulletin


@transaction.atomic
@told()
def save_version(*, actor: User, bulletin_id: UUID, draft: Draft, revision: int, now: datetime) -> Version:
    """Keep what was written. A submitted version, or another writer's, stays as it is: a new one is begun.

    `revision` is the Bulletin.revision that the writer had before them. Raises NotFound, Denied, Invalid,
    Refusal (`changed_elsewhere`, `wrong_state`, and those of rules.check_draft).
    """
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.WRITE, lock=True)
    bulletin.state = rules.step(bulletin.state, "save")
    rules.check_draft(draft)
    _check_revision(bulletin, revision)
    version = queries.newest(bulletin)
    if version.submitted_at is not None or version.author_id != actor.pk:
        version = Version(bulletin=bulletin, number=version.number + 1)
    _write(version, actor, draft, now)
    bulletin.revision += 1
    save(bulletin, now)
    note(actor, "bulletin.saved", bulletin, now, number=version.number)
    return version


def _check_revision(bulletin: Bulletin, revision: int) -> None:
    if revision != bulletin.revision:
        raise Refusal(
            "Bản tin vừa được sửa ở trang khác hoặc máy khác. Hãy chọn giữ bản nào.", code=rules.CHANGED_ELSEWHERE
        )


def _write(version: Version, actor: User, draft: Draft, now: datetime) -> None:
    area = version.bulletin.area
    version.title, version.text, version.spoken = draft.title.strip(), draft.text, draft.spoken
    version.said, version.voicing = dict(draft.said), dict(draft.voicing)
    version.sound_reason = draft.sound_reason.strip()
    version.sound = _sound(actor, draft.sound, area, now) if draft.sound else None
    version.relay = relay_for(actor, draft.relay, area, now) if draft.relay else None
    version.relay_minutes = draft.relay_minutes
    version.category = _category(draft.category, area) if draft.category else None
    version.priority, version.language = draft.priority, draft.language
    version.valid_from, version.valid_to = draft.valid_from, draft.valid_to
    version.readings, version.link = draft.readings, shelf.link_for(area) if draft.readings > 1 else None
    version.author, version.made_at = actor, now
    version.save()
    _write_languages(version, actor, draft, now)
    note_words(version, approved=False)


def _write_languages(version: Version, actor: User, draft: Draft, now: datetime) -> None:
    """As they stand in the draft; what was taken out is gone."""
    version.languages.all().delete()
    area = version.bulletin.area
    VersionLanguage.objects.bulk_create(
        VersionLanguage(
            version=version, language=one.language, title=one.title.strip(), text=one.text, spoken=one.spoken,
            voicing=dict(one.voicing), sound_reason=one.sound_reason.strip(), position=position,
            sound=_sound(actor, one.sound, area, now) if one.sound else None,
        )
        for position, one in enumerate(draft.languages)
    )  # fmt: skip


def _sound(actor: User, sound_id: UUID, area: Area, now: datetime) -> Sound:
    sound = sound_for(actor, sound_id, now)
    if not (inside(sound.area.path, area.path) or inside(area.path, sound.area.path)):
        raise NotFound
    if sound.block == Block.SIREN:
        raise Refusal(media_rules.MESSAGES["siren"], code="siren")
    return sound


def _category(key: str, area: Area) -> Category:
    category = queries.category_for(area, key)
    if category is None:
        raise Invalid("Không có lĩnh vực này trong danh sách của đơn vị. Hãy chọn lại.", code="category_unknown")
    return category


@transaction.atomic
@told()
def submit(*, actor: User, bulletin_id: UUID, now: datetime, revision: int | None = None) -> Version:
    """Hand the newest version to the approvers; from now on it cannot be changed.

    Raises NotFound, Denied, Refusal (`wrong_state`, `changed_elsewhere`, `nothing_new`), Invalid `preflight` whose
    facts["findings"] lists what must be mended.
    """
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.WRITE, lock=True)
    version = queries.newest(bulletin)
    if bulletin.state == rules.APPROVED and version.submitted_at is not None:
        raise Refusal("Bản tin này đã duyệt rồi và chưa có gì đổi.", code="nothing_new")
    bulletin.state = rules.step(bulletin.state, "submit")
    if revision is not None:
        _check_revision(bulletin, revision)
    _check_preflight(version, now)
    if version.submitted_at is None:
        version.submitted_at = now
        version.content_hash = rules.content_hash(queries.content_of(version))
        version.checks = [finding.plain() for finding in subjects.findings(version, now)]
        version.save()
    bulletin.submitted_at = now
    save(bulletin, now)
    note(actor, "bulletin.submitted", bulletin, now, number=version.number, content=version.content_hash)
    return version


def _check_preflight(version: Version, now: datetime) -> None:
    blocking = [finding for finding in subjects.findings(version, now) if finding.blocks]
    if blocking:
        listed = [finding.plain() for finding in blocking]
        raise Invalid(blocking[0].question, code="preflight", facts={"findings": listed})


@transaction.atomic
@told()
def recall(*, actor: User, bulletin_id: UUID, now: datetime) -> Bulletin:
    """Take a submitted bulletin back to mend it. Raises NotFound, Denied, Refusal `wrong_state`."""
    bulletin = access.bulletin_for(actor, bulletin_id, now, access.WRITE, lock=True)
    bulletin.state = rules.step(bulletin.state, "recall")
    bulletin.submitted_at = None
    save(bulletin, now)
    note(actor, "bulletin.recalled", bulletin, now)
    return bulletin
