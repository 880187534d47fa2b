"""The way to the signer. It signs what its own checks allow; its refusals become words for the screen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from devicelink import signing
from devicelink.messages import Message
from devicelink.refusals import Refused
from django.conf import settings

from loa.kernel import rehearsal
from loa.kernel.errors import Refusal, Unavailable

UNSIGNED = "unsigned"  # stands for a signature in what is taken back
_AWAY = "Bộ phận ký lệnh đang tạm nghỉ nên chưa gửi được xuống loa. Chưa có gì thay đổi. Hãy thử lại sau một phút."
_REFUSED = "Bộ phận ký lệnh từ chối vì nội dung vượt quá điều đã được duyệt. Chưa có gì thay đổi."


@contextmanager
def _words() -> Iterator[None]:
    try:
        yield
    except signing.SignerUnavailable as error:
        raise Unavailable(_AWAY, code="signer_away") from error
    except Refused as error:
        raise Refusal(_REFUSED, code=f"signer_{error.reason}", facts={"detail": error.detail}) from error


def kids() -> dict[str, tuple[str, ...]]:
    """The names of the keys in use for each role: one, and one for each area that has its own. Unavailable."""
    with _words(), signing.SignerClient(settings.ENV.signer_socket) as client:
        return client.status().in_use


def sign(message: Message) -> str:
    """The JWS of one message. Unavailable, Refusal (code "signer_<reason>")."""
    return sign_all([message])[0]


def sign_all(messages: Sequence[Message]) -> list[str]:
    """The JWS of each message; all or none. In a rehearsal nothing is signed, nor asked of the signer."""
    if rehearsal.is_on():
        return [UNSIGNED for _ in messages]
    with _words(), signing.SignerClient(settings.ENV.signer_socket) as client:
        jobs = [signing.job(message) for message in messages]
        return [outcome.token() for outcome in client.sign_all(jobs)]
