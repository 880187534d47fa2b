"""allauth in Loa: its sentences in Vietnamese, accounts only by invitation."""

from io import BytesIO

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse

from loa.kernel import clock
from loa.kernel.networks import network_of
from loa.people import queries, sealed
from loa.people.actions import sign_out
from loa.people.models import User

_WRONG = "Tên đăng nhập hoặc mật khẩu không đúng."
_WRONG_CODE = "Mã không đúng hoặc đã hết hạn. Hãy lấy mã mới nhất trong ứng dụng rồi nhập lại."


def network_of_request(request: HttpRequest) -> str:
    """What a lock-out slows; loa.config.proxy has put the visitor's own address there."""
    return network_of(request.META.get("REMOTE_ADDR") or "127.0.0.1")


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves; every sentence that allauth's forms can say here."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "Tài khoản này đã đóng. Hãy hỏi quản trị của đơn vị.",
        "enter_current_password": "Hãy nhập mật khẩu đang dùng.",
        "incorrect_code": _WRONG_CODE,
        "incorrect_password": "Mật khẩu không đúng.",
        "invalid_login": _WRONG,
        "username_password_mismatch": _WRONG,
        "email_password_mismatch": _WRONG,
        "phone_password_mismatch": _WRONG,
        "too_many_login_attempts": "Nơi này nhập sai quá nhiều lần. Tài khoản không bị khóa; hãy thử lại sau ít phút.",
        "rate_limited": "Anh/chị thao tác quá nhanh. Hãy chờ một phút rồi thử lại.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        return network_of_request(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def logout(self, request: HttpRequest) -> None:
        """What the pages of this session carry ends with it."""
        user, key = request.user, request.session.session_key
        super().logout(request)
        if isinstance(user, User):
            sign_out.session(user=user, key=key or "", now=clock.now())

    def set_password(self, user: User, password: str) -> None:
        """Django ends the other sessions; what their pages carry ends too."""
        super().set_password(user, password)
        sign_out.everywhere(user=user, now=clock.now())

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("people:account")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        words = {
            "reauthenticate": "Dùng mật khẩu",
            "mfa_reauthenticate": "Dùng mã trong ứng dụng hoặc mã dự phòng",
            "mfa_reauthenticate:webauthn": "Dùng khóa đăng nhập",
        }
        methods: list[dict[str, str]] = super().get_reauthentication_methods(user)
        return [method | {"description": words.get(method["id"], method["description"])} for method in methods]


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """The same for the second factor."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": "Tài khoản có xác nhận hai bước không thêm thư điện tử ở đây được.",
        "cannot_delete_authenticator": "Vai trò của anh/chị cần xác nhận hai bước nên chưa bỏ cách này được. "
        "Hãy thêm một cách khác trước.",
        "cannot_generate_recovery_codes": "Hãy bật ứng dụng mã hoặc khóa đăng nhập trước khi tạo mã dự phòng.",
        "incorrect_code": _WRONG_CODE,
        "unverified_email": "Thư điện tử của tài khoản chưa được xác nhận.",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of somebody whose role asks for it."""
        types = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=types).exclude(
            pk=authenticator.pk
        )
        return others.exists() or not queries.needs_second_factor(authenticator.user, clock.now())

    def encrypt(self, text: str) -> str:
        """What stands in the database is of no use without the keys beside it."""
        return sealed.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealed.unseal(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """With a white ground of its own: black on a dark page is not read by any telephone."""
        drawing = BytesIO()
        segno.make(url).save(drawing, kind="svg", scale=4, border=4, light="#ffffff")
        return drawing.getvalue().decode()

    def get_totp_label(self, user: User) -> str:
        return user.username

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"Khóa đăng nhập {number}"
