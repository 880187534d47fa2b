"""Trial pages made of the real parts, so that scripts are tested before and apart from the screens."""

import io
import math
import struct
import wave
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import RequestContext, Template
from django.urls import include, path
from django.views.decorators.csrf import ensure_csrf_cookie
from django_cotton.compiler_regex import CottonCompiler

from loa.kernel import clock
from loa.media import checksums
from loa.ui.frame import Frame, NavItem, StopChoice, StopSheet
from loa.ui.web.keep import keep_offline, taken

AREA = "vn.15.04378"


@dataclass
class Half:
    """A sound that comes in pieces."""

    fields: dict[str, Any]
    content: bytes = b""


@dataclass
class Heard:
    """What the pages sent to the server."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    sounds: list[dict[str, object]] = field(default_factory=list)
    half: dict[str, Half] = field(default_factory=dict)
    visits: int = 0
    broken: bool = False
    refuse: dict[str, str] | None = None


heard = Heard()


def frame(request: HttpRequest) -> Frame:
    """Chị Lan's frame."""
    now = clock.now()
    return Frame(
        area=AREA,
        place="Xã Quy Mông, tỉnh Lào Cai",
        user_name="Hoàng Thị Lan",
        user_key=request.GET.get("user", "lan"),
        nav=(NavItem(label="Thử", url=request.path, icon="clock", current=True, count=2),),
        compose_url="/thu/soan/",
        calendar_url="/thu/lich/",
        stop=StopSheet(
            area=AREA,
            place="xã Quy Mông",
            speakers=8,
            choices=(
                StopChoice(scope="item", label="Dừng mục đang phát", until=now + timedelta(minutes=5)),
                StopChoice(scope="session", label="Dừng hết buổi", until=now + timedelta(minutes=30)),
            ),
        ),
        ticket="ve-cua-chi-lan",
        gateway=settings.LOA_GATEWAY_URL,
    )


def draw(request: HttpRequest, content: str, **context: object) -> HttpResponse:
    """A page of the frame around `content`, a template with our components."""
    source = (
        '{% extends "ui/base.html" %}{% block title %}Thử{% endblock %}{% block content %}' + content + "{% endblock %}"
    )
    template = Template(CottonCompiler().process(source))
    return HttpResponse(template.render(RequestContext(request, context)))


def empty(request: HttpRequest) -> HttpResponse:
    """Nothing but the frame."""
    return draw(request, "<h1>Trang thử</h1>")


def live(request: HttpRequest) -> HttpResponse:
    """A part that fetches itself again, and one whose words come with the event."""
    heard.visits += 1
    if heard.broken:
        return HttpResponse(status=500)
    if request.headers.get("HX-Request"):
        return HttpResponse(_part(heard.visits))
    return draw(
        request,
        "<h1>Thiết bị</h1>"
        + _part(heard.visits)
        + '<p data-live="device.*:spk-1">Âm lượng <b id="volume" data-live-field="volume">70%</b></p>',
    )


def _part(number: int) -> str:
    live = 'data-live="device.status" hx-get="/thu/song/" hx-trigger="live" hx-swap="outerHTML"'
    return f'<p id="part" {live}>Lần {number}</p>'


def sounds(request: HttpRequest) -> HttpResponse:
    """Three players in a row; ?ms= is the length of their sounds, ?lan=2 plays each again."""
    length = int(request.GET.get("ms", "600"))
    twice = ':readings="2" ' if "lan" in request.GET else ""
    players = "".join(
        f'<c-player src="/thu/tieng.wav?ms={length}" :levels="levels" :ms="{length}" label="Nghe bài {n}" {twice}'
        'heard_url="/thu/da-nghe/" />'
        for n in (1, 2, 3)
    )
    return draw(
        request,
        f'<h1>Nghe</h1><div id="all" class="stack">{players}</div>'
        '<c-btn data-play-all="#all"><span data-words>Nghe cả buổi</span></c-btn>',
        levels=[50] * 60,
    )


def tone(request: HttpRequest) -> HttpResponse:
    """A quiet tone of ?ms= milliseconds."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (int(3000 * math.sin(i / 3)) for i in range(8 * int(request.GET["ms"])))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return _part_of(buffer.getvalue(), request.headers.get("Range", ""))


def _part_of(data: bytes, wanted: str) -> HttpResponse:
    """Browsers can only jump inside a sound whose server answers to Range."""
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start, end = int(first or 0), int(last or len(data) - 1)
    response = HttpResponse(data[start : end + 1], content_type="audio/wav", status=206 if wanted else 200)
    response["Accept-Ranges"] = "bytes"
    if wanted:
        response["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return response


def note_post(request: HttpRequest) -> HttpResponse:
    """Remember a post."""
    heard.posts.append(request.POST.dict())
    return JsonResponse({"ok": True})


@ensure_csrf_cookie
def compose(request: HttpRequest) -> HttpResponse:
    """A form that keeps drafts."""
    if request.method == "POST":
        heard.posts.append(request.POST.dict())
        return taken(request, "/thu/xong/")
    return draw(
        request,
        '<h1>Soạn bản tin</h1><span class="tag" data-draft-saved hidden></span>'
        '<form class="stack" method="post" action="/thu/soan/" data-draft="compose" data-draft-title="Bản tin thử">'
        "{% csrf_token %}"
        '<div class="field"><label for="title">Tên bản tin</label><input class="input" id="title" name="title"></div>'
        '<c-pick type="checkbox" name="twice" value="1">Đọc hai lần</c-pick>'
        '<c-btn kind="main" type="submit">Gửi duyệt</c-btn></form>',
    )


def sound_forms(request: HttpRequest) -> HttpResponse:
    """Recorder and upload."""
    return draw(
        request,
        '<h1>Tiếng</h1><c-recorder url="/thu/nhan-tieng/" name="recorded" />'
        '<c-upload url="/thu/nhan-tieng/" name="uploaded" />',
    )


def take_sound(request: HttpRequest) -> HttpResponse:
    """Begins a sound that comes in pieces, or refuses it; asked, it knows of none that is half sent."""
    if request.method == "GET":
        return JsonResponse({"uploads": []})
    if heard.refuse:
        return JsonResponse(heard.refuse, status=422)
    sent = heard.half.setdefault(request.POST["id"], Half(request.POST.dict()))
    answer = _how_far(sent)
    answer["Location"] = f"/thu/nhan-tieng/{request.POST['id']}/"
    return answer


def take_piece(request: HttpRequest, upload: str) -> HttpResponse:
    """Adds a piece; the last one makes the sound."""
    sent = heard.half[upload]
    assert checksums.matches(request.headers["Upload-Checksum"], request.body)
    assert int(request.headers["Upload-Offset"]) == len(sent.content)
    sent.content += request.body
    if len(sent.content) == int(str(sent.fields["size"])):
        heard.sounds.append({**sent.fields, "size": len(sent.content), "start": sent.content[:4]})
        return _how_far(sent, {"id": upload})
    return _how_far(sent)


def _how_far(sent: "Half", sound: dict[str, str] | None = None) -> HttpResponse:
    answer = JsonResponse({"id": sent.fields["id"], "sound": sound})
    answer["Upload-Offset"] = str(len(sent.content))
    return answer


@keep_offline("Lịch phát tuần này")
def week(request: HttpRequest) -> HttpResponse:
    """A page that can be read without network."""
    return draw(request, "<h1>Lịch phát</h1><p>05:10 Bản tin xã</p>")


def done(request: HttpRequest) -> HttpResponse:
    """Where an accepted form goes on to."""
    return draw(request, "<h1>Đã gửi duyệt</h1>")


def paper(request: HttpRequest) -> HttpResponse:
    """A sheet to be printed."""
    source = (
        '{% extends "ui/base_print.html" %}{% block title %}Lịch tuần{% endblock %}{% block content %}'
        "<h1>Lịch phát thanh tuần 31/8 đến 06/9/2026</h1><table><thead><tr><th>Giờ</th><th>Nội dung</th></tr></thead>"
        "<tbody><tr><td>05:10</td><td>Tạm ngừng cấp nước</td></tr></tbody></table>"
        '<div class="signs"><div><p>Người lập</p><p>Hoàng Thị Lan</p></div>'
        "<div><p>Phó Chủ tịch</p><p>Nguyễn Văn Thành</p></div></div>"
        "{% endblock %}"
    )
    return HttpResponse(Template(CottonCompiler().process(source)).render(RequestContext(request)))


urlpatterns = [
    path("thu/in/", paper),
    path("thu/", empty),
    path("thu/song/", live),
    path("thu/nghe/", sounds),
    path("thu/tieng.wav", tone),
    path("thu/da-nghe/", note_post),
    path("thu/soan/", compose),
    path("thu/tieng/", sound_forms),
    path("thu/nhan-tieng/", take_sound),
    path("thu/nhan-tieng/<str:upload>/", take_piece),
    path("thu/lich/", week),
    path("thu/xong/", done),
    path("", include("loa.config.urls")),
]
