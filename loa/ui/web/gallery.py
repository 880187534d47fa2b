"""Every component in every state, in both themes: the page to look at when building another."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """The gallery page."""
    return render(request, "ui/gallery.html")
