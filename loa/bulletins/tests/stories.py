"""What the stories about bulletins share: a notice of Lan's, its sound, where and when it shall be heard."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from devicelink.messages import Audience
from devicelink.permits import PermitTimes

from loa.bulletins import actions, queries
from loa.bulletins.models import Approval, Bulletin, Version
from loa.bulletins.rules import Draft
from loa.kernel.clock import to_ms
from loa.media.models import Origin, Sound, SoundState
from loa.people.models import User
from tests.cast import Cast

TEXT = "Nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h. Đề nghị bà con chủ động trữ nước."


def sound_of(cast: Cast, *, made_by: User | None = None, **fields: Any) -> Sound:
    """A ready sound of 52 s, its hash made up."""
    usual = {
        "area": cast.quy_mong, "made_by": made_by or cast.lan, "made_at": cast.now, "origin": Origin.RECORDED,
        "state": SoundState.READY, "sha256": uuid4().hex * 2, "size": 200_000, "duration_ms": 52_000,
    }  # fmt: skip
    return Sound.objects.create(**usual | fields)


def notice(cast: Cast, **fields: Any) -> Draft:
    """The water notice, complete."""
    usual: dict[str, Any] = {"title": "Tạm ngừng cấp nước", "text": TEXT, "category": "livelihood"}
    if "sound" not in fields:
        usual["sound"] = sound_of(cast).id
    return Draft(**usual | fields)


def drafted(cast: Cast, *, by: User | None = None, **fields: Any) -> Bulletin:
    """A draft of Lan's."""
    return actions.create_draft(
        actor=by or cast.lan, bulletin_id=uuid4(), area=cast.quy_mong, draft=notice(cast, **fields), now=cast.now
    )


def submitted(cast: Cast, **fields: Any) -> Bulletin:
    """The same, handed in."""
    bulletin = drafted(cast, **fields)
    actions.submit(actor=fields.get("by") or cast.lan, bulletin_id=bulletin.pk, now=cast.now)
    bulletin.refresh_from_db()
    return bulletin


def shown(bulletin: Bulletin) -> str:
    """The content hash on the approver's screen."""
    version = queries.submitted(bulletin)
    assert version is not None
    return version.content_hash


def this_evening(cast: Cast) -> PermitTimes:
    """Once, at 17:00."""
    return PermitTimes(at=(to_ms(cast.now + timedelta(minutes=10)),))


def approve(cast: Cast, bulletin: Bulletin, *, by: User | None = None, **changed: Any) -> Approval:
    """Thành approves it for the whole commune this evening."""
    usual: dict[str, Any] = {
        "actor": by or cast.thanh, "bulletin_id": bulletin.pk, "seen": shown(bulletin), "area": cast.quy_mong.path,
        "targets": [Audience(area=cast.quy_mong.path)], "times": [this_evening(cast)], "now": cast.now,
    }  # fmt: skip
    return actions.approve(**usual | changed)


def save(cast: Cast, bulletin: Bulletin, *, by: User | None = None, **fields: Any) -> Version:
    """The writer saves other words; the sound stays unless named."""
    bulletin.refresh_from_db()
    fields.setdefault("sound", queries.newest(bulletin).sound_id)
    return actions.save_version(
        actor=by or cast.lan,
        bulletin_id=bulletin.pk,
        draft=notice(cast, **fields),
        revision=bulletin.revision,
        now=cast.now,
    )


def uuid() -> UUID:
    """An id as a browser makes one."""
    return uuid4()
