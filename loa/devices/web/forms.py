"""What technicians and officers type about devices."""

from django import forms

from loa.areas.models import Area


class VolumeForm(forms.Form):
    """The new volume; the limit of the device is checked by the action."""

    volume = forms.IntegerField(label="Âm lượng (%)", min_value=0, max_value=100)


class HamletField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Hamlets under their full names."""

    def label_from_instance(self, obj: Area) -> str:
        return obj.full_name


class NewDeviceForm(forms.Form):
    """A place for a cluster, before any hardware hangs there."""

    name = forms.CharField(label="Tên cụm loa, theo chỗ đứng", max_length=120, help_text="Ví dụ: Nhà văn hóa thôn 5.")
    number = forms.IntegerField(
        label="Số cụm", min_value=1, max_value=9999, required=False, help_text="Bỏ trống thì lấy số kế tiếp."
    )
    sim_expires = forms.DateField(
        label="Ngày hết hạn SIM", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: object, hamlets: list[Area], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["hamlet"] = HamletField(
            Area.objects.filter(pk__in=[hamlet.pk for hamlet in hamlets]),
            label="Thôn, tổ dân phố",
            required=False,
            empty_label="Cả xã",
        )


class ConfirmForm(forms.Form):
    """The fingerprint travels with the form, so that a key changed in between is not confirmed."""

    fingerprint = forms.CharField(widget=forms.HiddenInput)
    same = forms.BooleanField(
        label="Tôi đã so từng nhóm: mã trên màn hình thiết bị giống hệt mã ở đây.",
        error_messages={"required": "Hãy so hai mã rồi đánh dấu vào ô này."},
    )
