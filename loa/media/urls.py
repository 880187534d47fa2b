from django.urls import path

from loa.media.web import blocks, editor, editor_sound, hearing, listening, trying, uploads, voices, words

app_name = "media"
urlpatterns = [
    path("am-thanh/gui/", uploads.uploads, name="uploads"),
    path("am-thanh/gui/<uuid:upload>/", uploads.one, name="upload"),
    path("am-thanh/nghe-thu.wav", trying.hear, name="try"),
    path("am-thanh/<uuid:sound>.ogg", listening.play, name="play"),
    path("am-thanh/<uuid:sound>/da-nghe/", hearing.note, name="heard"),
    path("am-thanh/<uuid:sound>/sua/", editor.edit, name="edit"),
    path("am-thanh/<uuid:sound>/thoi/", editor.cancel, name="cancel"),
    path("am-thanh/<uuid:sound>/song.bin", editor_sound.heights, name="heights"),
    path("am-thanh/<uuid:sound>/doan.wav", editor_sound.part, name="part"),
    path("thu-vien/nhac-hieu/", blocks.page, name="blocks"),
    path("thu-vien/nhac-hieu/<uuid:sound>/nghe.ogg", blocks.play, name="block_play"),
    path("giong-doc/", voices.page, name="voices"),
    path("giong-doc/<slug:voice>/", voices.change, name="change_voice"),
    path("giong-doc/<slug:voice>/nghe.wav", voices.listen, name="listen_voice"),
    path("tu-dien-doc/", words.words, name="words"),
    path("tu-dien-doc/<int:word>/xoa/", words.drop, name="drop_word"),
]
