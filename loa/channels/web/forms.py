"""The forms of channels, one for each kind, and of recipients."""

from typing import Any

from django import forms

from loa.channels.actions.keeping import Entered
from loa.channels.actions.lists import Person
from loa.channels.models import Channel, Recipient
from loa.channels.rules import limits, settings
from loa.channels.rules.codes import ROLE_LABELS, Kind


def _secret(label: str) -> forms.CharField:
    """Typed in, never written into a page."""
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=2000, required=False, widget=widget, strip=True)


class ChannelForm(forms.Form):
    """What every channel has."""

    name = forms.CharField(label="Tên kênh", max_length=80, help_text="Ví dụ: SMS của tỉnh.")
    for_alerts = forms.BooleanField(label="Gửi cảnh báo", required=False, initial=True)
    for_duty = forms.BooleanField(
        label="Gửi việc cần người trực", required=False, initial=True,
        help_text="Ví dụ: cảnh báo đang chờ người thứ hai xác nhận.",
    )  # fmt: skip
    per_hour = forms.IntegerField(
        label="Nhiều nhất bao nhiêu tin mỗi giờ", min_value=1, max_value=1_000_000, initial=limits.USUAL_PER_HOUR,
        help_text="Không áp dụng cho cảnh báo thật.",
    )  # fmt: skip
    kind = ""

    def entered(self) -> Entered:
        """What was filled in."""
        data, fields = self.cleaned_data, settings.FIELDS[self.kind]
        return Entered(
            name=data["name"], for_alerts=data["for_alerts"], for_duty=data["for_duty"], per_hour=data["per_hour"],
            options={key: _text(data.get(key, "")) for key in fields.open},
            secret={key: str(data.get(key, "")) for key in fields.secret},
        )  # fmt: skip


def _text(value: object) -> str:
    return ("1" if value else "") if isinstance(value, bool) else str(value if value is not None else "")


class SmsForm(ChannelForm):
    """An account at a short message centre."""

    kind = Kind.SMS
    host = forms.CharField(label="Máy chủ SMPP", max_length=253, help_text="Nhà mạng cung cấp, ví dụ smpp.nhamang.vn.")
    port = forms.IntegerField(label="Cổng", min_value=1, max_value=65_535, initial=2775)
    tls = forms.BooleanField(label="Nối bằng TLS", required=False)
    system_id = forms.CharField(label="Tên đăng nhập (system_id)", max_length=15)
    password = _secret("Mật khẩu")
    system_type = forms.CharField(label="Loại hệ thống (system_type)", max_length=12, required=False)
    sender = forms.CharField(label="Tên hiển thị trên điện thoại", max_length=15, help_text="Tên định danh đã đăng ký.")


class ZaloForm(ChannelForm):
    """A Zalo Official Account with a template."""

    kind = Kind.ZALO
    app_id = forms.CharField(label="Mã ứng dụng (app_id)", max_length=30)
    app_secret = _secret("Khóa bí mật của ứng dụng")
    refresh_token = _secret("Mã làm mới")
    template = forms.CharField(label="Mã mẫu tin (template_id)", max_length=20, help_text="Mẫu đã được Zalo duyệt.")
    title = forms.CharField(label="Ô trống nhận tiêu đề", max_length=40, required=False)
    text = forms.CharField(label="Ô trống nhận nội dung", max_length=40)
    place = forms.CharField(label="Ô trống nhận địa bàn", max_length=40, required=False)
    time = forms.CharField(label="Ô trống nhận giờ", max_length=40, required=False)
    send_url = forms.CharField(
        label="Địa chỉ gửi tin", max_length=400, required=False, help_text="Để trống là địa chỉ của Zalo."
    )
    token_url = forms.CharField(
        label="Địa chỉ lấy mã truy cập", max_length=400, required=False, help_text="Để trống là địa chỉ của Zalo."
    )


class EmailForm(ChannelForm):
    """Letters to the people of the lists."""

    kind = Kind.EMAIL


class WebhookForm(ChannelForm):
    """An address of another program."""

    kind = Kind.WEBHOOK
    url = forms.CharField(label="Địa chỉ nhận", max_length=400, help_text="Bắt đầu bằng https://")


class BoardForm(WebhookForm):
    """The program that drives boards."""

    kind = Kind.BOARD


FORMS: dict[str, type[ChannelForm]] = {
    form.kind: form for form in (SmsForm, ZaloForm, EmailForm, WebhookForm, BoardForm)
}


def initial(channel: Channel) -> dict[str, Any]:
    """What a form shows of a channel: nothing of its secrets."""
    options = {key: channel.options.get(key, "") for key in settings.FIELDS[channel.kind].open}
    return {
        **options, "tls": options.get("tls") == "1", "name": channel.name, "for_alerts": channel.for_alerts,
        "for_duty": channel.for_duty, "per_hour": channel.per_hour,
    }  # fmt: skip


class RecipientForm(forms.Form):
    """Somebody who agreed to be told."""

    name = forms.CharField(label="Họ và tên", max_length=120)
    role = forms.ChoiceField(label="Vai trò", choices=[(role.value, label) for role, label in ROLE_LABELS.items()])
    phone = forms.CharField(label="Số điện thoại", max_length=20, required=False)
    email = forms.CharField(label="Địa chỉ thư", max_length=254, required=False)
    below = forms.BooleanField(
        label="Báo cả khi chỉ một phần địa bàn có cảnh báo", required=False, initial=True,
        help_text="Bỏ chọn thì chỉ báo khi cảnh báo cho toàn đơn vị này.",
    )  # fmt: skip
    consent = forms.CharField(
        label="Đồng ý nhận tin bằng cách nào", max_length=200, help_text="Ví dụ: ký giấy đồng ý, lưu tại UBND xã."
    )
    consent_on = forms.DateField(label="Ngày đồng ý", help_text="Ngày/tháng/năm, ví dụ 20/08/2026.")

    def person(self) -> Person:
        """What was filled in."""
        return Person(**self.cleaned_data)


def known(row: Recipient) -> dict[str, Any]:
    """What the form shows of somebody."""
    names = ("name", "role", "phone", "email", "below", "consent", "consent_on")
    return {name: getattr(row, name) for name in names}
