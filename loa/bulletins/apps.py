from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    name = "loa.bulletins"
    label = "bulletins"
