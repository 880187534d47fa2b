"""The pages under the supervisor: everything is loaded first, then they wait for the data, then they answer."""

from django.urls import get_resolver

from loa.config.wsgi import application
from loa.launch import gate

__all__ = ["application"]

get_resolver().url_patterns  # noqa: B018 - loads all views now, not with the first visitor
gate.wait()
