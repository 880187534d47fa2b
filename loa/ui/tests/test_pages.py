"""The shell and the error pages, without browser and database."""

import json

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.template import RequestContext, Template
from django.test import Client, RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from loa.kernel.errors import Denied, LoaError, NotFound, Refusal
from loa.ui.frame import Frame, build
from loa.ui.web import errors
from loa.ui.web.keep import keep_offline, taken

LATE = Refusal("Xã Quy Mông không phát sau 21:00. Sớm nhất: 05:00 ngày mai.", code="outside_hours")


def ask(**headers: str) -> str:
    request = RequestFactory().get("/lich-phat/", headers=headers)
    return errors.refused(request, LATE).content.decode()


def draw(source: str, **context: object) -> str:
    return Template(CottonCompiler().process(source)).render(RequestContext(RequestFactory().get("/"), context))


def test_a_refusal_is_a_page_for_people() -> None:
    assert "Sớm nhất: 05:00 ngày mai." in ask()
    assert "<html" in ask()


def test_a_refusal_is_json_for_scripts() -> None:
    assert json.loads(ask(accept="application/json"))["code"] == "outside_hours"


def test_a_refusal_is_a_note_for_a_part_of_a_page() -> None:
    response = errors.refused(RequestFactory().get("/", headers={"HX-Request": "true"}), LATE)
    assert "<html" not in response.content.decode()
    assert response["HX-Retarget"] == "#page-refused"
    assert response.status_code == 409


@pytest.mark.parametrize(("error", "status"), [(NotFound(), 404), (Denied("Không được."), 403), (LATE, 409)])
def test_refusals_keep_their_state(error: LoaError, status: int) -> None:
    assert errors.refused(RequestFactory().get("/"), error).status_code == status


def test_an_unknown_address_says_no_more_than_not_found(client: Client) -> None:
    response = client.get("/khong-co-trang-nay/")
    assert response.status_code == 404
    assert "Không tìm thấy trang này" in response.content.decode()


class Away:
    """A session or a message store whose database is away."""

    def __getattr__(self, name: str) -> object:
        raise OperationalError("the database is away")

    def __iter__(self) -> None:
        raise OperationalError("the database is away")


def test_error_pages_need_no_database() -> None:
    request = RequestFactory().get("/")
    request.session = request._messages = Away()  # type: ignore[assignment,attr-defined]
    assert errors.broken(request).status_code == 500
    assert errors.not_found(request).status_code == 404
    assert errors.denied(request).status_code == 403
    assert errors.csrf_failure(request).status_code == 403
    assert errors.refused(request, LATE).status_code == 409


def test_a_database_that_is_away_is_named_and_the_way_to_stop_stays() -> None:
    request = RequestFactory().get("/")
    try:
        raise OperationalError("the database is away")
    except OperationalError:
        answer = errors.broken(request)
    assert (answer.status_code, answer["Retry-After"]) == (503, errors.RETRY_S)
    assert "Cơ sở dữ liệu đang ngừng" in answer.content.decode()
    assert "/ui/offline/" in answer.content.decode()


def test_nobody_has_a_bare_frame() -> None:
    assert build(RequestFactory().get("/")) == Frame()


def test_the_theme_is_kept_and_leads_back_only_to_our_own_pages(client: Client) -> None:
    response = client.post("/ui/theme/", {"theme": "dark", "next": "/ui/gallery/"})
    assert response["Location"] == "/ui/gallery/"
    assert 'data-theme="dark"' in client.get("/ui/offline/").content.decode()
    assert client.post("/ui/theme/", {"theme": "dark", "next": "https://xau.example/"})["Location"] == "/"
    assert client.post("/ui/theme/", {"theme": "pink"}).cookies == {}


def test_the_worker_keeps_the_shell_and_rules_the_whole_site(client: Client) -> None:
    response = client.get("/sw.js")
    head = json.loads(response.content.decode().split("self.LOA = ", 1)[1].split(";\n", 1)[0])
    assert head["shell"][0] == "/ui/offline/"
    assert "/static/ui/js/stop.js" in head["shell"]
    assert response["Cache-Control"] == "no-cache"
    assert all(finders.find(address.removeprefix("/static/")) for address in head["shell"][1:])


def test_the_manifest_names_icons_that_exist(client: Client) -> None:
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert manifest["lang"] == "vi"
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in manifest["icons"])


def test_a_kept_page_tells_its_title_in_plain_letters() -> None:
    response = keep_offline("Lịch phát tuần này")(errors.not_found)(RequestFactory().get("/"))
    assert response["X-Loa-Keep"] == "L%E1%BB%8Bch%20ph%C3%A1t%20tu%E1%BA%A7n%20n%C3%A0y"


def test_a_late_send_gets_its_own_id_back_and_a_person_goes_on() -> None:
    fields = {"client_id": "0b7e"}
    late = RequestFactory().post("/", fields, headers={"Accept": "application/json"})
    assert json.loads(taken(late, "/duyet/").content)["id"] == "0b7e"
    assert taken(RequestFactory().post("/", fields), "/duyet/").status_code == 302


class Form(forms.Form):
    title = forms.CharField(label="Tên bản tin", help_text="Ngắn thôi.")
    level = forms.ChoiceField(label="Mức", choices=[("n", "Thường"), ("p", "Ưu tiên")], widget=forms.RadioSelect)


def test_a_field_names_its_hint_and_its_error_for_screen_readers() -> None:
    html = draw('<c-field :field="form.title" />', form=Form({"title": ""}))
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_title_error"' in html
    assert "Chưa điền ô này." in html


def test_choices_become_picks_in_a_group_with_a_name() -> None:
    html = draw('<c-field :field="form.level" columns="2" />', form=Form())
    assert html.count('class="pick"') == 2
    assert '<legend class="label">Mức</legend>' in html
    assert "picks-2" in html


def test_a_component_sees_nothing_of_the_page_by_accident() -> None:
    assert "note-refuse" not in draw("<c-note>Đã lưu</c-note>", kind="refuse")


def test_words_from_people_are_escaped() -> None:
    html = draw('<c-note :title="title">{{ title }}</c-note>', title="<script>alert(1)</script>")
    assert "<script>" not in html
