from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "loa.ui"
    label = "ui"
