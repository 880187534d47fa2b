"""Forms of the pages of people. Those of allauth lose their English placeholders and get Vietnamese labels."""

from datetime import date, datetime, time, timedelta
from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms

from loa.areas.models import Area
from loa.kernel.clock import LOCAL
from loa.people.models import Role, User
from loa.ui.fields import Day


class _Worded(forms.Form):
    """Labels from `words`, no placeholders."""

    words: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.words.get(name, field.label)


class LoginForm(_Worded, account.LoginForm):  # type: ignore[misc]
    """Sign-in with a name, a telephone number or an e-mail address."""

    words = {"login": "Tên đăng nhập, số điện thoại hoặc thư điện tử", "password": "Mật khẩu"}


class ChangePasswordForm(_Worded, account.ChangePasswordForm):  # type: ignore[misc]
    """The old word and a new one, twice."""

    words = {"oldpassword": "Mật khẩu đang dùng", "password1": "Mật khẩu mới", "password2": "Nhập lại mật khẩu mới"}

    def clean(self) -> dict[str, Any]:
        first, second = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if first and second and first != second:
            self.add_error("password2", "Hai lần nhập mật khẩu mới chưa giống nhau.")
        return self.cleaned_data


class SetPasswordForm(_Worded, account.SetPasswordForm):  # type: ignore[misc]
    """A first word, twice."""

    words = {"password1": "Mật khẩu mới", "password2": "Nhập lại mật khẩu mới"}


class ReauthenticateForm(_Worded, account.ReauthenticateForm):  # type: ignore[misc]
    """The word once more before something that matters."""

    words = {"password": "Mật khẩu"}


class _Guessed(forms.Form):
    """Six digits are guessed in a day from a thousand addresses, so here the account is slowed as well.

    Only who has the password comes this far, so nobody is kept out from outside; a passkey is not a guess.
    """

    user: User

    def clean_code(self) -> str:
        """The code, if it is right. Only wrong ones count."""
        key = f"second-factor-{self.user.pk}"
        if not ratelimit.consume(context.request, action="second_factor", key=key):
            raise get_adapter().validation_error("too_many_login_attempts")
        code: str = super().clean_code()  # type: ignore[misc]
        ratelimit.clear(context.request, action="second_factor", key=key)
        return code


_CODE = {"code": "Mã 6 số trong ứng dụng, hoặc một mã dự phòng"}


class SecondFactorForm(_Worded, _Guessed, mfa.AuthenticateForm):  # type: ignore[misc]
    """The six digits of the second factor."""

    words = _CODE


class SecondFactorAgainForm(_Worded, _Guessed, mfa.ReauthenticateForm):  # type: ignore[misc]
    """The six digits once more before something that matters."""

    words = _CODE


class ActivateAppForm(_Worded, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first six digits of a new authenticator."""

    words = {"code": "Mã 6 số mà ứng dụng đang hiện"}


class AddPasskeyForm(_Worded, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey and its name."""

    words = {"name": "Tên để nhớ khóa này", "passwordless": "Đăng nhập chỉ bằng khóa này, không cần mật khẩu"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].help_text = "Máy sẽ hỏi vân tay, khuôn mặt hoặc mã mở máy của anh/chị."


class RenamePasskeyForm(_Worded, webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    words = {"name": "Tên để nhớ khóa này"}


def first_instant(day: date) -> datetime:
    """Local midnight at the start of the day."""
    return datetime.combine(day, time(), LOCAL)


def after_last(day: date) -> datetime:
    """Local midnight at the end of the day: grants end before this instant."""
    return first_instant(day + timedelta(days=1))


class _Dates(forms.Form):
    """A first and a last day, both included."""

    starts = Day(label="Từ ngày")
    ends = Day(label="Đến hết ngày")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", "Ngày kết thúc không được trước ngày bắt đầu.")
        return data

    def span(self) -> tuple[datetime, datetime | None]:
        """Instants from the first to after the last day."""
        ends = self.cleaned_data["ends"]
        return first_instant(self.cleaned_data["starts"]), after_last(ends) if ends else None


class _People(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of persons, by name and position."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.full_name}, {obj.position}" if obj.position else obj.full_name


class DeputyForm(_Dates):
    """Who approves in my place, and when."""

    deputy = _People(User.objects.none(), label="Người được ủy quyền", empty_label="Chọn một người")
    field_order = ["deputy", "starts", "ends"]


class StandInForm(_Dates):
    """Who does the officer's work, and when."""

    officer = _People(User.objects.none(), label="Thay cho", empty_label="Chọn cán bộ truyền thanh")
    stand_in = _People(User.objects.none(), label="Người làm thay", empty_label="Chọn một người")
    field_order = ["officer", "stand_in", "starts", "ends"]


class _Places(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Area) -> str:
        return obj.full_name


class GrantForm(_Dates):
    """A role in a place; `place` is its path."""

    role = forms.ChoiceField(label="Vai trò", choices=Role.choices)
    place = _Places(Area.objects.none(), label="Ở đâu", to_field_name="path", empty_label=None)
    ends = Day(label="Đến hết ngày", required=False, help_text="Ngày/tháng/năm. Để trống: cho đến khi thôi.")
    field_order = ["role", "place", "starts", "ends"]


class InviteForm(GrantForm):
    """A person and their first role."""

    full_name = forms.CharField(label="Họ và tên", max_length=120)
    position = forms.CharField(label="Chức vụ", max_length=120, required=False)
    username = forms.CharField(
        label="Tên đăng nhập", max_length=60, help_text="Chữ không dấu, số, dấu chấm. Ví dụ: lan.ht"
    )
    phone = forms.CharField(label="Số điện thoại", max_length=16, required=False)
    email = forms.EmailField(label="Thư điện tử", required=False)
    field_order = ["full_name", "position", "username", "phone", "email", "role", "place", "starts", "ends"]


class ComeInForm(forms.Form):
    """A first password, typed twice."""

    password = forms.CharField(
        label="Mật khẩu mới",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Ít nhất 10 ký tự. Một câu dễ nhớ tốt hơn một từ khó.",
    )
    again = forms.CharField(
        label="Nhập lại mật khẩu", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", "Hai lần nhập mật khẩu chưa giống nhau.")
        return data
