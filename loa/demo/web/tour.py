"""Xem thử 5 phút: the accounts, and a way through the product, one press a step. Only on sample data."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loa.demo import cast, guests
from loa.kernel import clock
from loa.kernel.errors import LoaError, NotFound
from loa.people.models import User


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `username` opens the page named `url_name`; `words` say what to press, `look` what is to be seen."""

    key: str
    title: str
    username: str
    url_name: str
    words: str
    look: str

    @property
    def person(self) -> cast.Person:
        """Who does it."""
        return next(person for person in cast.PEOPLE if person.username == self.username)


STEPS = (
    Step(
        "soan", "Thu giọng của anh/chị hoặc viết một thông báo", "lan", "broadcasts:compose",
        "Điền tên bản tin, chọn lĩnh vực. Ở mục Tiếng, chọn Thu giọng tôi, bấm Thu và nói vài câu; "
        "hoặc dán chữ rồi bấm Tạo tiếng. "
        "Chọn giờ phát sau đây ít phút, rồi bấm Gửi duyệt.",
        "Trang đọc lại chữ như máy sẽ đọc, đánh dấu chỗ chưa chắc, và kiểm tra giờ phát trước khi gửi.",
    ),
    Step(
        "duyet", "Lãnh đạo duyệt trên điện thoại", "thanh", "broadcasts:approve",
        "Mở bản tin vừa gửi, nghe hết, rồi bấm Duyệt. Chị Lan không tự duyệt được bản tin của mình.",
        "Trang nói rõ phát lúc nào, ở những cụm loa nào, và có gì khác lần trước.",
    ),
    Step(
        "nghe", "Xem tám cụm loa phát, nghe thử một cụm", "lan", "broadcasts:today",
        "Chờ đến giờ phát. Khi trang báo Đang phát, bấm Nghe. Muốn nghe từng cụm thì mở mục Thiết bị.",
        "Dải thời gian của ba nhóm loa tự đổi; từng cụm gửi bằng chứng đã phát.",
    ),
    Step(
        "doi-gio", "Dời một mục sang 03:15", "lan", "broadcasts:week",
        "Chọn một mục sắp phát, đổi giờ thành 03:15, bấm Xem thay đổi.",
        "Hệ thống từ chối, nêu quy định về giờ phát của xã và giờ sớm nhất được phép.",
    ),
)  # fmt: skip
BOOK = Step(
    "so-nhat-ky", "In Sổ nhật ký phát thanh", "lan", "broadcasts:playlog",
    "Chọn Hôm trước, bấm Bản in, rồi In trang này.",
    "Hôm qua cụm 08 không phát, sổ ghi rõ là do mất điện. Cuối trang có chỗ ký của hai người.",
)  # fmt: skip
LISTEN = Step(
    "nghe-tiep-am", "Nghe xã bên tiếp âm", "mai", "broadcasts:today",
    "Khi trang báo Đang phát, bấm Nghe.", "Nhạc của đài mẫu; khi đài ngắt là nhạc thay thế, rồi lại là đài mẫu.",
)  # fmt: skip
GUEST = "demo-guest"
TARGETS = {step.key: step for step in (*STEPS, BOOK, LISTEN)}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The way, to be read on the screen or printed."""
    _only_sample_data()
    return _page(request) if _is_welcome(request) else _closed(request)


@never_cache
@require_safe
def scanned(request: HttpRequest, code: str) -> HttpResponse:
    """The address in the QR code: from now on this browser may press the buttons of the steps."""
    _only_sample_data()
    if not guests.is_code(code, settings.SECRET_KEY):
        return _closed(request)
    request.session[GUEST] = True
    return redirect(reverse("demo:tour") + "#duyet")


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Field `step`: sign in as the person of that step and open its page; `who`: as any sample person, at home."""
    _only_sample_data()
    if not _is_welcome(request):
        return _closed(request)
    step = TARGETS.get(request.POST.get("step", ""))
    username = step.username if step else request.POST.get("who", "")
    if username not in {person.username for person in cast.PEOPLE}:
        raise NotFound
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotFound
    form_key = request.META.get("CSRF_COOKIE")
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    request.META["CSRF_COOKIE"] = form_key  # the page with the steps stays open: its other buttons must go on working
    request.session[GUEST] = True  # another account gets another session
    return redirect(step.url_name if step else "home")


@never_cache
@require_POST
def forge(request: HttpRequest) -> HttpResponse:
    """Send forged messages to a loudspeaker and show what it answered."""
    _only_sample_data()
    if not _is_welcome(request):
        return _closed(request)
    from loa.demo import forging  # brings the client of the engine along, which no other page needs

    try:
        return _page(request, answers=forging.attack(clock.now()))
    except LoaError as error:
        return _page(request, refused=error.message)


@never_cache
@require_POST
def relay(request: HttpRequest) -> HttpResponse:
    """Relay the sample station at once; with field `cut` take it off the air for half a minute."""
    _only_sample_data()
    if not _is_welcome(request):
        return _closed(request)
    from loa.demo import relaying  # brings everything that writes to the calendar along

    now = clock.now()
    try:
        if "cut" in request.POST:
            return _page(request, off_until=relaying.cut(now))
        return _page(request, begun=relaying.begin(now))
    except LoaError as error:
        return _page(request, relay_refused=error.message)


def _only_sample_data() -> None:
    if not settings.LOA_SAMPLE_DATA:
        raise NotFound


def _is_welcome(request: HttpRequest) -> bool:
    """This machine itself, or a browser that came by the QR code: everybody else in the network needs a password."""
    return request.META.get("REMOTE_ADDR") in LOOPBACK or bool(request.session.get(GUEST))


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/closed.html", status=403)


def _page(request: HttpRequest, **shown: object) -> HttpResponse:
    """`shown`: what the press of a button brought, see the template."""
    site = settings.ENV.site_url
    reachable = urlsplit(site).hostname not in LOOPBACK
    here = request.META.get("REMOTE_ADDR") in LOOPBACK
    phone = site + reverse("demo:scanned", args=[guests.code(settings.SECRET_KEY)]) if reachable and here else ""
    context = {
        "people": cast.PEOPLE,
        "password": guests.password(settings.ENV.var),
        "steps": STEPS,
        "book": BOOK,
        "address": request.build_absolute_uri(reverse("demo:tour")),
        "picture": picture_of(phone) if phone else "",
        "alone": not reachable,
        "may_record": _may_record(request),
        "listen": LISTEN,
        **shown,
    }
    return render(request, "demo/tour.html", context)


def _may_record(request: HttpRequest) -> bool:
    """Browsers give the microphone only to this machine itself and to https."""
    return request.is_secure() or urlsplit("//" + request.get_host()).hostname in LOOPBACK


def picture_of(address: str) -> SafeString:
    """Our own address as an SVG of a QR code."""
    drawn = segno.make(address, error="m").svg_inline(scale=4, border=4, omitsize=True, svgclass="qr")
    return mark_safe(drawn)  # noqa: S308
