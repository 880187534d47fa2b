"""What technicians and officers type about devices."""

from typing import Any

from django import forms

from loa.areas.models import Area
from loa.devices.models import Device, DeviceGroup
from loa.devices.rules.operators import operator_of
from loa.devices.rules.position import read_position, write_position
from loa.kernel.errors import Invalid
from loa.ui.fields import Day


class VolumeForm(forms.Form):
    """The new volume; the limit of the device is checked by the action."""

    volume = forms.IntegerField(label="Âm lượng (%)", min_value=0, max_value=100)


class HamletField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Hamlets under their full names."""

    def label_from_instance(self, obj: Area) -> str:
        return obj.full_name


class GroupsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Groups by their names, to be ticked."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: DeviceGroup) -> str:
        return obj.name


class PositionField(forms.CharField):
    """Latitude and longitude in one line, as maps give them; cleans to a pair of degrees or (None, None)."""

    def clean(self, value: Any) -> tuple[float, float] | tuple[None, None]:
        text = super().clean(value)
        if not text:
            return None, None
        try:
            return read_position(text)
        except Invalid as error:
            raise forms.ValidationError(error.message, code=error.code) from error


class OperatorField(forms.CharField):
    """The operator of a SIM, cleaned to its usual spelling."""

    def clean(self, value: Any) -> str:
        return operator_of(super().clean(value) or "")


class _StandForm(forms.Form):
    """Where in its commune a cluster stands."""

    position = PositionField(
        label="Vị trí trên bản đồ",
        max_length=60,
        required=False,
        help_text="Vĩ độ, kinh độ: đứng ở chân cột, mở bản đồ trên điện thoại, giữ tay vào chấm của mình rồi chép số. "
        "Ví dụ: 21.6312, 104.7548.",
    )

    def __init__(self, *args: Any, hamlets: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hamlet"] = HamletField(
            Area.objects.filter(pk__in=[hamlet.pk for hamlet in hamlets]),
            label="Thôn, tổ dân phố",
            required=False,
            empty_label="Cả xã",
        )

    def facts(self) -> dict[str, Any]:
        """The cleaned fields under the names that the actions take."""
        facts = dict(self.cleaned_data)
        facts["latitude"], facts["longitude"] = facts.pop("position")
        return facts


class MoveForm(_StandForm):
    """Where it will stand in its new commune; `number` is one that is free there."""

    number = forms.IntegerField(label="Số cụm ở nơi mới", min_value=1, max_value=9999)

    def __init__(self, *args: Any, hamlets: list[Area], number: int, **kwargs: Any) -> None:
        super().__init__(*args, hamlets=hamlets, initial={"number": number}, **kwargs)


class _PlaceForm(_StandForm):
    """What is known of the place of a cluster, whichever hardware hangs there."""

    name = forms.CharField(label="Tên cụm loa, theo chỗ đứng", max_length=120, help_text="Ví dụ: Nhà văn hóa thôn 5.")
    sim_expires = Day(label="Ngày hết hạn SIM", required=False)
    sim_operator = OperatorField(
        label="Nhà mạng của SIM",
        max_length=40,
        required=False,
        help_text="Ví dụ: Viettel, VinaPhone. Nhờ đó hệ thống biết khi cả nhà mạng gặp sự cố.",
    )
    sim_number = forms.CharField(label="Số SIM", max_length=20, required=False)
    monthly_mb = forms.IntegerField(
        label="Dung lượng mỗi tháng (MB)",
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text="Bỏ trống nếu không giới hạn.",
    )

    def clean_monthly_mb(self) -> int:
        """0 = not metered."""
        return self.cleaned_data["monthly_mb"] or 0


class NewDeviceForm(_PlaceForm):
    """A place for a cluster, before any hardware hangs there."""

    kind = forms.ChoiceField(
        label="Loại",
        choices=[
            (Device.Kind.SPEAKER, "Cụm loa nối mạng"),
            (Device.Kind.ADAPTER, "Nút chuyển tiếp cho loa có dây hoặc FM"),
        ],
        initial=Device.Kind.SPEAKER,
        widget=forms.RadioSelect,
        required=False,
        help_text="Nút chuyển tiếp: hộp bật tăng âm loa có dây hoặc máy phát FM cũ theo lịch của Loa.",
    )
    number = forms.IntegerField(
        label="Số cụm", min_value=1, max_value=9999, required=False, help_text="Bỏ trống thì lấy số kế tiếp."
    )

    def clean_kind(self) -> str:
        """Most are loudspeakers of their own."""
        return self.cleaned_data["kind"] or Device.Kind.SPEAKER


class PlaceForm(_PlaceForm):
    """Corrects what is known of a cluster. `groups`: those of its commune, or None for who may not change them."""

    max_volume = forms.IntegerField(
        label="Âm lượng tối đa (%)",
        min_value=0,
        max_value=100,
        help_text="Không ai vặn được to hơn mức này, kể cả khi có lệnh từ xa.",
    )

    def __init__(self, *args: Any, device: Device, groups: list[DeviceGroup] | None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_known(device), **kwargs)
        if groups is None:
            return
        if groups:
            own = DeviceGroup.objects.filter(pk__in=[group.pk for group in groups])
            self.fields["groups"] = GroupsField(own, label="Nhóm loa", required=False)
        self.fields["new_group"] = forms.CharField(
            label="Lập nhóm mới có cụm loa này", max_length=120, required=False, help_text="Ví dụ: Ven sông."
        )


def _known(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "hamlet": device.hamlet_id,
        "position": write_position(device.latitude, device.longitude),
        "max_volume": device.max_volume,
        "sim_expires": device.sim_expires,
        "sim_operator": device.sim_operator,
        "sim_number": device.sim_number,
        "monthly_mb": device.monthly_mb or None,
        "groups": [group.pk for group in device.groups.all()],
    }


class ReasonForm(forms.Form):
    """Why a key or a cluster ends; it stands in the record."""

    reason = forms.CharField(
        label="Lý do", max_length=200, error_messages={"required": "Hãy ghi lý do, để sau này còn biết."}
    )


class ConfirmForm(forms.Form):
    """The fingerprint travels with the form, so that a key changed in between is not confirmed."""

    fingerprint = forms.CharField(widget=forms.HiddenInput)
    same = forms.BooleanField(
        label="Tôi đã so từng nhóm: mã trên màn hình thiết bị giống hệt mã ở đây.",
        error_messages={"required": "Hãy so hai mã rồi đánh dấu vào ô này."},
    )
