"""Nhạc hiệu và mẫu: what programmes of a place are built with, its station call, its templates."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from loa.areas.models import Area
from loa.areas.rules import NOW_ROOT, Level
from loa.kernel import clock
from loa.kernel.errors import Invalid, NotFound
from loa.media import actions
from loa.media.access import block_for
from loa.media.actions.blocks import MINE
from loa.media.blocks import shelf
from loa.media.blocks.recipe import SPEECH
from loa.media.blocks.templates import PARTS, STATION_CALL, Template, most_ms
from loa.media.models import Block, Sound, SoundState
from loa.media.rules import MESSAGES, length
from loa.media.voices import registry
from loa.media.web.listening import answer
from loa.people import access as people
from loa.people.models import User

WRITE = "media.write"
RESTS = ((500, "Nghỉ nửa giây"), (1_000, "Nghỉ 1 giây"), (2_000, "Nghỉ 2 giây"), (4_000, "Nghỉ 4 giây"))
FIRST = ("opening", "500", SPEECH, "500", "closing", "", "", "")
MEANT: Mapping[str, str] = {
    Block.OPENING: "Phát trước bản tin đầu buổi.",
    Block.CLOSING: "Phát khi hết bản tin, hết buổi.",
    Block.JINGLE: "Ngắn, để ngăn hai phần.",
    Block.GONG: "Báo cho bà con biết sắp có tin.",
    Block.BED: "Chạy nhỏ bên dưới lời nói; máy tự hạ nhạc khi có người nói.",
    Block.STATION_CALL: "Tên đài, nói sau một tiếng chuông.",
    Block.AGAIN: "Nói giữa hai lần đọc của một bản tin. Chưa có thì loa nghỉ hai giây rồi đọc lại.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One sound that may be used; `where` says whose it is."""

    sound: Sound
    play: str
    where: str
    used: bool
    own: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One use with the sounds for it."""

    block: str
    name: str
    meant: str
    rows: tuple[Row, ...]

    @property
    def used(self) -> list[Row]:
        """The one that programmes take, if there is one."""
        return [row for row in self.rows if row.used]

    @property
    def others(self) -> list[Row]:
        """What may be taken instead."""
        return [row for row in self.rows if not row.used]


@dataclass(frozen=True, slots=True)
class Listed:
    """A template in words; `own`: this place may take it away."""

    key: str
    name: str
    parts: str
    lasts: str
    own: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Field `do`: choose (`sound`), use (`sound` or `recorded`, `uploaded`, as `block`), off (`sound`), call (`voice`),
    template (`name`, `part`s, `bed`), drop (`template`).
    """
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    people.require(user, "view", area, now)
    error: Invalid | None = None
    if request.method == "POST":
        people.require(user, WRITE, area, now)
        try:
            messages.success(request, _done(sent(request, user, area, now), user, area, now))
            return redirect(_address(area))
        except Invalid as refused:
            error = refused
    context = _context(user, area, now) | {"error": error} | _entered(request.POST if error else None)
    return render(request, "media/blocks.html", context, status=422 if error else 200)


def sent(request: HttpRequest, user: User, area: Area, now: datetime) -> QueryDict:
    """What was posted; a browser without scripts sends the file with the form. Raises Invalid."""
    file: UploadedFile[Any] | None = request.FILES.get("file")
    if file is None:
        return request.POST
    post = request.POST.copy()
    post["uploaded"] = str(actions.receive_upload(actor=user, area=area, file=file, now=now).pk)
    return post


@login_required
@require_safe
def play(request: HttpRequest, sound: UUID) -> HttpResponse | StreamingHttpResponse:
    """The file of a block for those who may build with it."""
    user, now = people.signed_in(request), clock.now()
    area = people.place_for(user, request.GET.get("don-vi", ""), now)
    return answer(request, block_for(user, sound, area, now))


def _done(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    steps: Mapping[str, Callable[[QueryDict, User, Area, datetime], str]] = {
        "choose": _choose, "use": _use, "off": _off, "call": _call, "again": _again,
        "template": _template, "drop": _drop,
    }  # fmt: skip
    return steps.get(post.get("do", ""), _nothing)(post, user, area, now)


def _nothing(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    raise Invalid("Trình duyệt gửi lên không đúng. Hãy tải lại trang rồi làm lại.", code="odd")


def _choose(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    sound = actions.choose_block(actor=user, area=area, sound_id=_id(post.get("sound", "")), now=now)
    return f"Từ nay dùng “{sound.title}” làm {sound.get_block_display().lower()}. Bản tin đã dựng thì không đổi."


def _use(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    named = post.get("sound") or post.get("recorded") or post.get("uploaded") or ""
    if not named:
        raise Invalid("Chưa có tiếng nào được gửi. Hãy thu hoặc chọn tệp trước.", code="empty")
    if not post.get("block"):
        raise Invalid(MESSAGES["block_kind"], code="block_kind")
    sound = actions.mark_block(actor=user, sound_id=_id(named), block=post.get("block", ""), now=now)
    return f"Đã đưa “{sound.title or 'tiếng mới'}” vào phần {sound.get_block_display().lower()} và dùng từ nay."


def _off(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    sound = actions.mark_block(actor=user, sound_id=_id(post.get("sound", "")), block="", now=now)
    return f"“{sound.title or 'Tiếng này'}” thôi làm tiếng hiệu, vẫn còn trong thư viện."


def _call(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    sound = actions.make_station_call(actor=user, area=area, voice=post.get("voice", ""), now=now)
    actions.choose_call(actor=user, area=area, sound=sound, now=now)
    return "Lời xướng tên đài dùng giọng này từ nay."


def _again(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    actions.make_link(actor=user, area=area, voice=post.get("voice", ""), now=now)
    return "Bản tin đọc nhiều lần soạn từ nay có câu “Xin nhắc lại” bằng giọng này ở giữa."


def _template(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    parts = [int(part) if part.isascii() and part.isdecimal() else part for part in post.getlist("part") if part]
    row = actions.save_template(
        actor=user, area=area, name=post.get("name", ""), parts=parts, bed=bool(post.get("bed")), now=now
    )  # fmt: skip
    return f"Đã thêm mẫu “{row.name}”. Mẫu hiện ở trang Soạn bản tin, dưới phần tiếng."


def _drop(post: QueryDict, user: User, area: Area, now: datetime) -> str:
    row = actions.close_template(actor=user, template_id=_id(post.get("template", "")), now=now)
    return f"Đã bỏ mẫu “{row.name}”. Bản tin đã dựng theo mẫu này vẫn giữ."


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _entered(post: QueryDict | None) -> dict[str, Any]:
    """The fields of a new template as they were left."""
    if post is None or post.get("do") != "template":
        return {"chosen": FIRST, "name": "", "bed": False}
    parts = (*post.getlist("part"), *FIRST)[: len(FIRST)]
    return {"chosen": parts, "name": post.get("name", ""), "bed": bool(post.get("bed"))}


def _context(user: User, area: Area, now: datetime) -> dict[str, Any]:
    rows, used = shelf.blocks_for(area), shelf.offered(area)
    words = shelf.call_words(area)
    call = shelf.station_call_of(area, words)
    used = {name: one for name, one in used.items() if name != STATION_CALL} | ({STATION_CALL: call} if call else {})
    return {
        "area": area,
        "may": people.may(user, WRITE, area, now),
        "kinds": [_kind(block, rows, used, area) for block in MINE],
        "waiting": [(one, _trouble(one)) for one in shelf.unusable(area)],
        "making": any(one.state in (SoundState.WAITING, SoundState.WORKING) for one in shelf.unusable(area)),
        "sirens": [_row(one, used, area) for one in rows if one.block == Block.SIREN],
        "uses": [(block, Block(block).label) for block in MINE],
        "call_words": words,
        "call_used": call,
        "call_old": _is_old(area, rows, words),
        "voices": registry.choices(),
        "templates": [_listed(one, used, area) for one in shelf.templates_for(area).values()],
        "part_choices": [(SPEECH, "Bản tin"), *((part, Block(part).label) for part in PARTS), *_rests()],
        "below": area.level < Level.COMMUNE,
        "here": _address(area),
    }


def _rests() -> Iterator[tuple[str, str]]:
    return ((str(ms), words) for ms, words in RESTS)


def _kind(block: str, rows: Sequence[Sound], used: Mapping[str, Sound], area: Area) -> Kind:
    fits = tuple(_row(one, used, area) for one in rows if one.block == block)
    return Kind(block, str(Block(block).label), MEANT[block], fits)


def _row(sound: Sound, used: Mapping[str, Sound], area: Area) -> Row:
    own = sound.area_id == area.pk
    where = "Của đơn vị" if own else "Dùng chung cả nước" if sound.area.path == NOW_ROOT else sound.area.full_name
    address = f"{reverse('media:block_play', args=[sound.pk])}?{urlencode({'don-vi': area.path})}"
    return Row(sound, address, where, used.get(sound.block) == sound, own)


def _trouble(sound: Sound) -> str:
    if sound.state == SoundState.REFUSED:
        return sound.refusal_message
    if sound.state == SoundState.READY:
        most = length(most_ms(sound.block))
        return f"Dài {length(sound.duration_ms)}, quá {most} nên không dùng được. Hãy cắt ngắn trong thư viện."
    return ""


def _is_old(area: Area, rows: Sequence[Sound], words: str) -> bool:
    """Whether the call that was chosen says a name that is no longer true."""
    chosen = shelf.chosen_for(area).get(STATION_CALL)
    return any(one.pk == chosen and one.is_machine_voice and one.transcript != words for one in rows)


def _listed(one: Template, used: Mapping[str, Sound], area: Area) -> Listed:
    named = [_called(part) for part in one.parts if isinstance(part, str)]
    missing = [name for name in one.blocks if name not in used and name != STATION_CALL]
    return Listed(
        key=one.key.removeprefix(shelf.OWN),
        name=one.name,
        parts=" – ".join(named) + (", có nhạc nền" if one.bed else ""),
        lasts=_missing(missing) if missing else _around(one, used),
        own=shelf.is_own(one.key, area),
    )


def _called(part: str) -> str:
    return "bản tin" if part == SPEECH else str(Block(part).label).lower()


def _missing(blocks: Sequence[str]) -> str:
    return f"Chưa dùng được: chưa có {', '.join(_called(block) for block in dict.fromkeys(blocks))}."


def _around(one: Template, used: Mapping[str, Sound]) -> str:
    more = sum(part if isinstance(part, int) else _lasts(part, used) for part in one.parts)
    call = STATION_CALL in one.blocks and STATION_CALL not in used
    return f"Thêm {'hơn ' if call else ''}{length(more)} ngoài bản tin."


def _lasts(part: str, used: Mapping[str, Sound]) -> int:
    return used[part].duration_ms if part in used else 0


def _address(area: Area) -> str:
    return f"{reverse('media:blocks')}?{urlencode({'don-vi': area.path})}"
