from django.apps import AppConfig


class RelaysConfig(AppConfig):
    name = "loa.relays"
    label = "relays"
