from django.urls import path

from loa.broadcasts.web import (
    airing,
    approving,
    books,
    bulletins,
    changing,
    day,
    fees,
    languages,
    playlog,
    programmes,
    prompts,
    week,
)
from loa.broadcasts.web.compose import mending
from loa.broadcasts.web.compose import pages as compose
from loa.broadcasts.web.item import asking
from loa.broadcasts.web.item import page as item
from loa.broadcasts.web.library import going as library_going
from loa.broadcasts.web.library import listing as library
from loa.broadcasts.web.library import sound as library_sound

app_name = "broadcasts"
urlpatterns = [
    path("hom-nay/", day.show, name="today"),
    path("so-nhat-ky/", playlog.show, name="playlog"),
    path("so-nhat-ky/muc/<str:airing>/", airing.show, name="airing"),
    path("so-nhat-ky/in/", playlog.printed, name="playlog_print"),
    path("so-nhat-ky/so-sach/", books.show, name="books"),
    path("so-nhat-ky/muc-chi/", fees.show, name="fees"),
    path("soan-ban-tin/", compose.new, name="compose"),
    path("soan-ban-tin/xem-truoc/", compose.preview, name="compose_preview"),
    path("soan-ban-tin/cau-co-san/", prompts.index, name="prompts"),
    path("soan-ban-tin/cau-co-san/<str:prompt>/", prompts.fill, name="prompt"),
    path("soan-ban-tin/luon-doc/", compose.always, name="compose_always"),
    path("soan-ban-tin/<uuid:bulletin>/", compose.edit, name="compose_one"),
    path("soan-ban-tin/<uuid:bulletin>/tieng/", compose.sound, name="compose_sound"),
    path("soan-ban-tin/<uuid:bulletin>/tieng/<str:language>/", compose.sound, name="compose_sound"),
    path("soan-ban-tin/<uuid:bulletin>/sua-tieng/", mending.mend, name="mend_sound"),
    path("soan-ban-tin/<uuid:bulletin>/sua-tieng/<str:language>/", mending.mend, name="mend_sound"),
    path("ban-tin/", bulletins.index, name="bulletins"),
    path("ban-tin/<uuid:bulletin>/", bulletins.show, name="bulletin"),
    path("ban-tin/<uuid:bulletin>/rut-lai/", bulletins.recall, name="recall"),
    path("ban-tin/<uuid:bulletin>/thu-hoi/", bulletins.withdraw, name="withdraw"),
    path("lich-phat/", week.show, name="week"),
    path("lich-phat/in/", week.paper, name="week_paper"),
    path("lich-phat/chep-tuan/", week.copy, name="copy_week"),
    path("lich-phat/gui-duyet/", week.submit, name="submit_week"),
    path("lich-phat/ngon-ngu/", languages.show, name="languages"),
    path("lich-phat/buoi/", programmes.index, name="programmes"),
    path("lich-phat/buoi/<uuid:programme>/", programmes.edit, name="programme"),
    path("lich-phat/buoi/<uuid:programme>/dong/", programmes.close, name="close_programme"),
    path("lich-phat/thay-doi/giu/", changing.keep, name="keep_change"),
    path("lich-phat/thay-doi/<uuid:kept>/", changing.kept, name="kept_change"),
    path("lich-phat/<uuid:schedule>/", item.show, name="item"),
    path("lich-phat/<uuid:schedule>/doi-gio/", asking.move, name="move"),
    path("lich-phat/<uuid:schedule>/doi-noi/", asking.place, name="place"),
    path("lich-phat/<uuid:schedule>/mat-lien-lac/", asking.away, name="away"),
    path("lich-phat/<uuid:schedule>/bo-lan/", asking.remove, name="remove"),
    path("lich-phat/<uuid:schedule>/bo-lich/", asking.end, name="end"),
    path("thu-vien/", library.index, name="library"),
    path("thu-vien/sap-xoa/", library_going.index, name="library_going"),
    path("thu-vien/<uuid:sound>/", library_sound.show, name="library_sound"),
    path("thu-vien/<uuid:sound>/nghe.ogg", library_sound.play, name="library_play"),
    path("thu-vien/<uuid:sound>/dung-lai/", library_sound.reuse, name="library_reuse"),
    path("thu-vien/<uuid:sound>/dung-chung/", library_sound.share, name="library_share"),
    path("thu-vien/<uuid:sound>/giu-them/", library_sound.prolong, name="library_prolong"),
    path("duyet/", approving.index, name="approve"),
    path("duyet/chap-thuan/", approving.approve, name="approve_many"),
    path("duyet/da-nghe/<int:version>/", approving.heard, name="heard"),
    path("duyet/da-nghe/<int:version>/<uuid:sound>/", approving.heard, name="heard_sound"),
    path("duyet/<uuid:bulletin>/", approving.show, name="approve_one"),
    path("duyet/<uuid:bulletin>/tra-lai/", approving.give_back, name="give_back"),
]
