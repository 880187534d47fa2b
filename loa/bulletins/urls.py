"""Pages of bulletins that stand by themselves; writing and approving them are pages of broadcasts."""

from django.urls import path

from loa.bulletins.web import categories

app_name = "bulletins"
urlpatterns = [path("dia-ban/<str:place>/linh-vuc/", categories.show, name="categories")]
