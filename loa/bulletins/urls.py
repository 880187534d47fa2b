"""Pages of bulletins that stand by themselves; writing and approving them are pages of broadcasts."""

from django.urls import path

from loa.bulletins.web import categories, documents

app_name = "bulletins"
urlpatterns = [
    path("ban-tin/mo-tep/", documents.read, name="read_document"),
    path("ban-tin/chuyen-ma/", documents.convert, name="convert_text"),
    path("dia-ban/<str:place>/linh-vuc/", categories.show, name="categories"),
]
