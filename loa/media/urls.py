from django.urls import path

from loa.media.web import listening

app_name = "media"
urlpatterns = [path("am-thanh/<uuid:sound>.ogg", listening.play, name="play")]
