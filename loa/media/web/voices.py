"""The page "Giọng đọc" of the administrator: which voices there are, in which order, and whether they speak."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from loa.kernel import clock
from loa.kernel.errors import Invalid, Refusal
from loa.media import access, queries
from loa.media.actions import voices
from loa.media.models import InstalledVoice
from loa.media.speech import streaming
from loa.media.voices import catalogue, reasons, registry, template
from loa.media.voices.base import VoiceFailed
from loa.media.voices.naming import DIALECTS
from loa.people import access as people
from loa.people.models import User


class ServiceForm(forms.Form):
    """An OpenAI-compatible service; anything else is added at the machine, with a template."""

    name = forms.CharField(label="Tên mọi người thấy", max_length=80)
    id = forms.SlugField(label="Mã ngắn", max_length=40, help_text="Chữ thường không dấu, ví dụ: cong-ty-a.")
    url = forms.URLField(
        label="Địa chỉ", assume_scheme="https", help_text="Kiểu OpenAI, ví dụ https://doc.example.vn/v1"
    )
    model = forms.CharField(label="Mô hình", max_length=80, initial="tts-1")
    voice = forms.CharField(label="Tên giọng của dịch vụ", max_length=80)
    dialect = forms.ChoiceField(label="Giọng vùng", choices=[(one, name) for one, name in DIALECTS.items() if name])
    licence = forms.CharField(
        label="Giấy phép hoặc hợp đồng",
        max_length=120,
        help_text="Căn cứ để được phát giọng này, ví dụ: hợp đồng 12/2026.",
    )
    key = forms.CharField(
        label="Khóa", required=False, max_length=500, strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Được niêm phong ngay, không hiện lại nữa.",
    )  # fmt: skip

    def wish(self) -> voices.Wish:
        """What the new voice is called."""
        data = self.cleaned_data
        return voices.Wish(
            id=data["id"], name=data["name"], licence=data["licence"], source=data["url"],
            dialects={data["dialect"]: data["voice"]},
        )  # fmt: skip

    def template(self) -> dict[str, Any]:
        """How it is asked."""
        data = self.cleaned_data
        return template.openai(data["url"], data["model"], "")


def _keeper(request: HttpRequest) -> tuple[User, datetime]:
    user, now = people.signed_in(request), clock.now()
    access.require_voices(user, now)
    return user, now


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """All voices in the order in which they are offered and take over; a POST adds a service."""
    user, now = _keeper(request)
    form = ServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = voices.add_service(
                actor=user, wish=form.wish(), options=form.template(), key=form.cleaned_data["key"], now=now
            )
        except (Invalid, Refusal) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Đã thêm giọng “{row.name}”. Hãy bấm Nghe thử.")
            return redirect("media:voices")
    rows = list(InstalledVoice.objects.select_related("added_by"))
    installed = {row.pk for row in rows}
    context = {
        "rows": rows,
        "fallback": registry.FALLBACK,
        "form": form,
        "add": "loa voices add",
        "known": [entry for entry in catalogue.known().values() if entry.id not in installed],
    }
    return render(request, "media/voices.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def listen(request: HttpRequest, voice: str) -> HttpResponse:
    """One sentence in a voice, made anew: whether it speaks now, also while it is switched off."""
    _keeper(request)
    fallback = voice == registry.FALLBACK.id
    found = registry.FALLBACK if fallback else registry.voice_of(queries.installed_voice(voice))
    try:
        pcm = voices.check(found)
    except VoiceFailed as error:
        raise Invalid(
            f"Giọng “{found.name}” không đọc được câu thử ({reasons.told(error)}).", code="voice_check"
        ) from error
    content = streaming.header(pcm.rate, len(pcm.samples)) + pcm.samples
    return HttpResponse(content, content_type="audio/wav", headers={"Cache-Control": "private, no-store"})


@login_required
@require_POST
def change(request: HttpRequest, voice: str) -> HttpResponse:
    """`do` = up, on, off, key (with `key`) or remove."""
    user, now = _keeper(request)
    row, deed = queries.installed_voice(voice), request.POST.get("do", "")
    if deed == "up":
        order = list(InstalledVoice.objects.values_list("pk", flat=True))
        at = max(order.index(row.pk) - 1, 0)
        voices.order(actor=user, first=[*order[:at], row.pk], now=now)
        said = f"Giọng “{row.name}” được dùng sớm hơn."
    elif deed in ("on", "off"):
        voices.switch(actor=user, identifier=row.pk, on=deed == "on", now=now)
        said = f"Giọng “{row.name}” {'được dùng lại' if deed == 'on' else 'tạm ngừng'}."
    elif deed == "key":
        voices.change_key(actor=user, identifier=row.pk, key=request.POST.get("key", "").strip(), now=now)
        said = f"Đã đổi khóa của giọng “{row.name}”."
    elif deed == "remove":
        voices.remove(actor=user, identifier=row.pk, now=now)
        said = f"Đã gỡ giọng “{row.name}”. Tiếng đã tạo vẫn còn."
    else:
        raise Invalid("Không rõ phải làm gì với giọng này. Hãy tải lại trang.", code="deed")
    messages.success(request, said)
    return redirect("media:voices")
