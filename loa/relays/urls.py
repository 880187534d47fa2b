from django.urls import path

from loa.relays.web import sources

app_name = "relays"
urlpatterns = [
    path("tiep-am/", sources.index, name="sources"),
    path("tiep-am/<uuid:source>/", sources.one, name="source"),
    path("tiep-am/<uuid:source>/bo/", sources.end, name="end"),
    path("tiep-am/<uuid:source>/nghe-thu/", sources.try_it, name="try"),
    path("tiep-am/nghe-thu/<uuid:test>/", sources.result, name="result"),
    path("tiep-am/nhom/<str:group>/", sources.reception, name="reception"),
]
