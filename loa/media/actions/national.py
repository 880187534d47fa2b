"""The building blocks that every commune has: made by code, so they belong to nobody."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from loa.areas.models import Area
from loa.areas.rules import NOW_ROOT
from loa.audit.actions import record
from loa.media import rules, store
from loa.media.actions import rows
from loa.media.models import Origin, Sound

if TYPE_CHECKING:
    from loa.media.blocks.generators import Maker

NAMESPACE = uuid.UUID("2f1c7c1e-6a45-4a0c-9f0b-5a1d7c0e4b22")
VERSION = 1  # a block that sounds different from now on gets a new row; programmes keep the one that they name
LICENCE = "cc0-1.0"
SOURCE = "Loa, tạo bằng mã"


def lay_out_blocks(*, now: datetime) -> list[Sound]:
    """Begin every national block that is not there; a worker makes them. Returns those that were begun."""
    from loa.media.blocks import generators  # numpy: only what makes sounds loads it

    root = Area.objects.get(path=NOW_ROOT)
    ids = [block_id(key) for key in generators.NATIONAL]
    known = set(Sound.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return [
        _begin(key, maker, order, root, now)
        for order, (key, maker) in enumerate(generators.NATIONAL.items())
        if block_id(key) not in known
    ]


def block_id(key: str) -> uuid.UUID:
    """The same block has the same id on every machine."""
    return uuid.uuid5(NAMESPACE, f"{key}/{VERSION}")


@transaction.atomic
def _begin(key: str, maker: "Maker", order: int, root: Area, now: datetime) -> Sound:
    from loa.media.blocks.generators import as_wav

    wav = as_wav(maker.make(maker.seconds))
    store.default().receive(block_id(key), [wav], rules.check_upload_size)
    sound = Sound.objects.create(
        id=block_id(key), area=root, made_at=now, origin=Origin.BUILT, title=maker.title, block=maker.block,
        shared=True, licence=LICENCE, source=SOURCE, profile=maker.profile, edits={"generator": key, "order": order},
    )  # fmt: skip
    record(
        actor=None, verb="sound.received", object=("sound", sound.pk), area=root.path,
        facts={"origin": sound.origin, "bytes": len(wav)}, now=now,
    )  # fmt: skip
    rows.queue(sound.pk)
    return sound
