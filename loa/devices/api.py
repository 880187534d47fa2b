"""Operations on loudspeakers for programs: stop all of a place, let them sound again."""

from datetime import datetime

from devicelink.messages import Audience
from django.http import HttpRequest
from ninja import Router, Schema

from loa.devices import actions
from loa.kernel import clock
from loa.kernel.errors import Invalid
from loa.people import access

router = Router(tags=["loa"])


class StopIn(Schema):
    """`area` is a path; `until` an instant with its offset, at most 24 hours away."""

    area: str
    until: datetime
    reason: str = ""


class ResumeIn(Schema):
    """`area` is a path."""

    area: str


class StopOut(Schema):
    """What the gateway has signed: `devices` are meant, `until` in Unix ms (0: they sound again)."""

    revision: int
    until: int
    devices: int


@router.post("/stop", response=StopOut, summary="Dừng mọi loa của một nơi")
def stop(request: HttpRequest, body: StopIn) -> dict[str, object]:
    """Stop every loudspeaker of the area until then; emergencies still sound. It resumes by itself."""
    now, user = clock.now(), access.signed_in(request)
    area = access.area_for(user, body.area, now, "hold.set")
    if body.until.utcoffset() is None:
        raise Invalid("Hãy ghi giờ kèm múi giờ, ví dụ 2026-08-20T17:30:00+07:00.", code="bad_until")
    held = actions.set_hold(
        actor=user, audience=Audience(area=area.path), area=area, until=body.until, now=now, reason=body.reason[:300]
    )
    return {"revision": 0, "until": 0, "devices": 0, **held}


@router.post("/resume", response=StopOut, summary="Cho loa của một nơi phát lại")
def resume(request: HttpRequest, body: ResumeIn) -> dict[str, object]:
    """Let the loudspeakers of the area sound again before the stop is over."""
    now, user = clock.now(), access.signed_in(request)
    area = access.area_for(user, body.area, now, "hold.set")
    released = actions.release_hold(actor=user, audience=Audience(area=area.path), area=area, now=now)
    return {"revision": 0, "until": 0, "devices": 0, **released}
