from django.apps import AppConfig


class BroadcastsConfig(AppConfig):
    name = "loa.broadcasts"
    label = "broadcasts"
