"""What a visitor sends is read here, before anything else: only so much, and only from so many at once.

Whoever sends one octet a second keeps a thread waiting for the rest. So few threads wait for senders, fewer for one
address, and some are always left for pages. A stranger has nothing large to send: it would only fill the disk.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, UnreadablePostError

from loa.config.readers import AT_ONCE, AT_ONCE_FROM_ONE, Readers
from loa.kernel.errors import Denied, Invalid, LoaError
from loa.kernel.networks import network_of
from loa.media.rules import MAX_UPLOAD_BYTES
from loa.ui.web import errors

MOST_OF_STRANGERS = 1024 * 1024
MOST = MAX_UPLOAD_BYTES + 8 * 1024 * 1024  # the fields beside the file
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
STRANGER = "Chưa đăng nhập nên hệ thống không nhận tệp. Hãy đăng nhập rồi gửi lại."
TOO_LARGE = "Những gì gửi lên quá lớn. Tệp tiếng nặng tối đa 200 MB; hãy cắt ngắn hoặc lưu lại dưới dạng MP3."


class Bodies:
    """Middleware, after authentication and before whatever reads request.POST."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.readers = Readers(most=AT_ONCE, from_one=AT_ONCE_FROM_ONE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            self._read(request)
        except LoaError as error:
            return errors.refused(request, error)
        except UnreadablePostError:
            return HttpResponse(status=400)  # the sender has hung up
        return self.get_response(request)

    def _read(self, request: HttpRequest) -> None:
        size = length_of(request)
        if not size:
            return
        if size > MOST:
            raise Invalid(TOO_LARGE, code="too_large")
        if size > MOST_OF_STRANGERS and not request.user.is_authenticated:
            raise Denied(STRANGER, code="signed_out")
        with self.readers.reading(network_of(request.META.get("REMOTE_ADDR") or "")):
            request.POST if request.content_type in FORMS else request.body  # noqa: B018 - read and kept by Django


def length_of(request: HttpRequest) -> int:
    """How long the body says that it is; Django reads no more, and nothing when it does not say."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if len(text) < 20 and text.isascii() and text.isdecimal() else 0
