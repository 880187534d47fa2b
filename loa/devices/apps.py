from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "loa.devices"
    label = "devices"
