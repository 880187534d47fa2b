from django.apps import AppConfig


class AreasConfig(AppConfig):
    name = "loa.areas"
    label = "areas"
