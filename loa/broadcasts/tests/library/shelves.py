"""What the stories about the library share: Lan's approved notice, and how Trấn Yên uses it again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from loa.bulletins import library, queries
from loa.bulletins.actions import sharing
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import Further
from loa.bulletins.tests import stories
from loa.media import store
from loa.media.models import Sound
from tests.cast import Cast

STATE = "co-quan-nha-nuoc"
TOLD = "Lời bằng tiếng"


def with_file(sound: Sound) -> Sound:
    path = store.path_of(sound.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"OggS")
    return sound


def approved(cast: Cast, **fields: Any) -> Bulletin:
    """Lan's notice, allowed by Thành."""
    sound = with_file(stories.sound_of(cast, **fields))
    bulletin = stories.submitted(cast, sound=sound.pk)
    stories.approve(cast, bulletin)
    bulletin.refresh_from_db()
    return bulletin


def sound_of(bulletin: Bulletin) -> Sound:
    sound = queries.newest(bulletin).sound
    assert sound is not None
    return sound


def in_languages(cast: Cast, *codes: str, **fields: Any) -> Bulletin:
    """The same with a recording in each of these languages; `fields` are those of the Mông one."""
    said = [
        Further(code, text=f"{TOLD} {code}", sound=with_file(stories.sound_of(cast, **fields)).pk) for code in codes
    ]
    bulletin = stories.submitted(cast, sound=with_file(stories.sound_of(cast)).pk, languages=tuple(said))
    stories.approve(cast, bulletin)
    bulletin.refresh_from_db()
    return bulletin


def told_in(bulletin: Bulletin) -> dict[str, Sound]:
    """Its sounds by language."""
    return dict(library.told(queries.newest(bulletin)))


def shared(cast: Cast, licence: str = STATE, **fields: Any) -> Sound:
    return let_others_use(cast, sound_of(approved(cast, **fields)), licence)


def let_others_use(cast: Cast, sound: Sound, licence: str = STATE) -> Sound:
    """Thành does it."""
    source = "Xã Quy Mông, tỉnh Lào Cai"
    sharing.share(actor=cast.thanh, sound_id=sound.pk, licence=licence, source=source, now=cast.now)
    sound.refresh_from_db()
    return sound


def reuse(cast: Cast, sound: Sound, name: Any = None) -> Bulletin:
    return sharing.reuse(
        actor=cast.mai, sound_id=sound.pk, area=cast.tran_yen, bulletin_id=name or uuid4(), now=cast.now
    )


def later(cast: Cast, days: int) -> datetime:
    """So many days after the cast's day."""
    return cast.now + timedelta(days=days)
