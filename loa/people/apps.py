from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "loa.people"
    label = "people"

    def ready(self) -> None:
        from loa.people import recorded  # its models are not there before

        recorded.listen()
