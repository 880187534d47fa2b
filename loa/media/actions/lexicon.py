"""What an area adds to the national list of words: how its own people say a written form."""

from datetime import datetime

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.media import access, own_words
from loa.media.models import LexiconEntry
from loa.people.access import require
from loa.people.models import User


@transaction.atomic
def put_word(*, actor: User, area: Area, written: str, spoken: str, now: datetime) -> LexiconEntry:
    """From now on `written` is read as `spoken` in `area` and below; sounds that are made already stay as they are.

    The same written form again takes the place of what was said before; the same words again change nothing.
    Raises NotFound, Denied, Invalid with a code of `own_words.MESSAGES`.
    """
    require(actor, access.KEEP_WORDS, area, now)
    if area.level not in own_words.KEEPERS:
        raise own_words.refusal("no_lexicon")
    word = own_words.word(written, spoken)
    Area.objects.select_for_update().get(pk=area.pk)  # one writer at a time, so that the limit holds
    known = LexiconEntry.objects.filter(area=area, written=word.written).first()
    if known is None and LexiconEntry.objects.filter(area=area).count() >= own_words.MOST_ENTRIES:
        raise own_words.refusal("lexicon_full")
    if known is not None and known.spoken == word.spoken:
        return known
    before = known.spoken if known else ""
    entry = known or LexiconEntry(area=area, written=word.written)
    entry.spoken, entry.made_by, entry.made_at = word.spoken, actor, now
    entry.save()
    record(
        actor=actor, verb="word.put", object=("word", entry.pk), area=area.path,
        facts={"name": word.written, "before": before, "after": word.spoken}, now=now,
    )  # fmt: skip
    return entry


@transaction.atomic
def drop_word(*, actor: User, entry_id: int, now: datetime) -> LexiconEntry:
    """The area reads it as the units above do again. Returns what it was. Raises NotFound, Denied."""
    entry = access.word_for(actor, entry_id, now, access.KEEP_WORDS)
    facts = {"name": entry.written, "before": entry.spoken}
    record(
        actor=actor, verb="word.dropped", object=("word", entry.pk), area=entry.area.path, facts=facts, now=now
    )  # fmt: skip
    LexiconEntry.objects.filter(pk=entry.pk).delete()
    return entry
