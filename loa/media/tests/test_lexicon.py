"""Lan teaches the machine how people of Quy Mông say their names; the province and the neighbours keep theirs."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from loa.audit.models import Entry as Record
from loa.kernel.errors import Denied, Invalid, NotFound
from loa.media import actions, own_words, queries
from loa.media.models import LexiconEntry
from loa.media.reading.read import read
from loa.people.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def teach(cast: Cast, written: str, spoken: str, *, by: User | None = None) -> LexiconEntry:
    return actions.put_word(actor=by or cast.lan, area=cast.quy_mong, written=written, spoken=spoken, now=cast.now)


def test_the_words_of_a_commune_win_over_the_provinces_and_those_over_the_national_list(cast: Cast) -> None:
    text = "HTX và CLB ở Ngòi Thia"
    for written, spoken in (("HTX", "hợp tác"), ("CLB", "câu lạc bộ"), ("Ngòi Thia", "ngòi thìa")):
        actions.put_word(actor=cast.minh_anh, area=cast.lao_cai, written=written, spoken=spoken, now=cast.now)
    teach(cast, "HTX", "hợp tác xã của ta")
    assert read(text, queries.lexicon_for(cast.quy_mong)).spoken == "Hợp tác xã của ta và câu lạc bộ ở ngòi thìa"
    assert read(text, queries.lexicon_for(cast.thon_5)).spoken == "Hợp tác xã của ta và câu lạc bộ ở ngòi thìa"
    assert read(text, queries.lexicon_for(cast.tran_yen)).spoken == "Hợp tác và câu lạc bộ ở ngòi thìa"
    assert read("HTX", queries.lexicon_for(cast.vietnam)).spoken == "hợp tác xã"


def test_a_change_is_heard_at_once_and_what_was_there_is_not_made_twice(cast: Cast) -> None:
    first = teach(cast, "Khe Lếch", "khe lếch")
    once = queries.lexicon_for(cast.quy_mong)
    assert queries.lexicon_for(cast.quy_mong) is once
    again = teach(cast, "Khe Lếch", "khe lệch")
    assert again.pk == first.pk
    assert read("Khe Lếch", queries.lexicon_for(cast.quy_mong)).spoken == "khe lệch"
    actions.drop_word(actor=cast.lan, entry_id=first.pk, now=cast.now)
    assert read("Khe Lếch", queries.lexicon_for(cast.quy_mong)).spoken == "Khe Lếch"


def test_a_voice_speaks_as_the_place_says_and_what_it_has_spoken_stays(cast: Cast) -> None:
    def spoken() -> str:
        return actions.synthesise(
            actor=cast.lan, area=cast.quy_mong, text="Họp HTX.", voice="espeak/vi", now=cast.now
        ).spoken  # fmt: skip

    before = actions.synthesise(actor=cast.lan, area=cast.quy_mong, text="Họp HTX.", voice="espeak/vi", now=cast.now)
    teach(cast, "HTX", "hợp tác")
    assert spoken() == "Họp hợp tác."
    before.refresh_from_db()
    assert before.spoken == "Họp hợp tác xã."


def test_who_may_teach(cast: Cast) -> None:
    for person in (cast.lan, cast.thanh, cast.phuc, cast.minh_anh):
        teach(cast, "CLB", f"câu lạc bộ {person.full_name}", by=person)
    with pytest.raises(Denied):
        teach(cast, "CLB", "xê lờ bê", by=cast.son)
    with pytest.raises(NotFound):
        teach(cast, "CLB", "xê lờ bê", by=cast.mai)
    for area in (cast.lao_cai, cast.vietnam):
        with pytest.raises(NotFound):
            actions.put_word(actor=cast.lan, area=area, written="CLB", spoken="câu lạc bộ", now=cast.now)
    entry = LexiconEntry.objects.get()
    with pytest.raises(NotFound):
        actions.drop_word(actor=cast.mai, entry_id=entry.pk, now=cast.now)
    with pytest.raises(Denied):
        actions.drop_word(actor=cast.son, entry_id=entry.pk, now=cast.now)
    assert LexiconEntry.objects.count() == 1


def test_it_is_written_down_who_taught_what(cast: Cast) -> None:
    entry = teach(cast, "CLB", "câu lạc bộ")
    teach(cast, "CLB", "câu lạc bộ")  # nothing new, nothing to record
    teach(cast, "CLB", "đội")
    actions.drop_word(actor=cast.thanh, entry_id=entry.pk, now=cast.now)
    deeds = Record.objects.filter(verb__startswith="word.").order_by("pk").values_list("verb", "facts")
    assert list(deeds) == [
        ("word.put", {"name": "CLB", "before": "", "after": "câu lạc bộ"}),
        ("word.put", {"name": "CLB", "before": "câu lạc bộ", "after": "đội"}),
        ("word.dropped", {"name": "CLB", "before": "đội"}),
    ]


@pytest.mark.parametrize(
    ("written", "spoken", "code"),
    [
        ("", "hợp tác xã", "written_empty"),
        ("...", "ba chấm", "written_empty"),
        ("\u200b\u202e", "không", "written_empty"),
        ("A" * 61, "a", "written_long"),
        ("<b>HTX</b>", "hợp tác xã", "written_signs"),
        ("HTX", " ", "spoken_empty"),
        ("HTX", "a" * 201, "spoken_long"),
        ("HTX", "hợp tác xã số 2", "spoken_signs"),
        ("HTX", "<script>", "spoken_signs"),
        ("HTX", "- ,", "spoken_signs"),
        ("HTX", "hợp tác xã 😀", "spoken_signs"),
    ],
)
def test_what_is_no_word_is_refused_with_its_reason(cast: Cast, written: str, spoken: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        teach(cast, written, spoken)
    assert refused.value.code == code
    assert refused.value.message == own_words.MESSAGES[code]
    assert not LexiconEntry.objects.exists()


def test_the_last_that_is_taken(cast: Cast) -> None:
    assert teach(cast, "A" * 60, "a" * 200).spoken == "a" * 200
    assert teach(cast, "QL32C", "quốc lộ ba mươi hai xê").written == "QL32C"
    assert teach(cast, "H'Mông", "hờ-mông, người mông").spoken == "hờ-mông, người mông"


def test_stray_blanks_and_unseen_signs_are_left_out(cast: Cast) -> None:
    entry = teach(cast, " TH\u200b &\n THCS ", "tiê\u0309u  học")
    assert (entry.written, entry.spoken) == ("TH & THCS", "tiểu học")


@given(st.text(max_size=80), st.text(max_size=220))
def test_no_text_breaks_the_rules_of_a_word(written: str, spoken: str) -> None:
    try:
        word = own_words.word(written, spoken)
    except Invalid:
        return
    assert own_words.word(word.written, word.spoken) == word
    assert 0 < len(word.written) <= own_words.MOST_WRITTEN
    assert 0 < len(word.spoken) <= own_words.MOST_SPOKEN


def test_a_hamlet_reads_as_its_commune(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        actions.put_word(actor=cast.lan, area=cast.thon_5, written="CLB", spoken="câu lạc bộ", now=cast.now)
    assert refused.value.code == "no_lexicon"


def test_a_lexicon_does_not_grow_without_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_words, "MOST_ENTRIES", 2)
    teach(cast, "CLB", "câu lạc bộ")
    teach(cast, "HTX", "hợp tác xã")
    with pytest.raises(Invalid, match="nhiều nhất"):
        teach(cast, "NVH", "nhà văn hóa")
    assert teach(cast, "HTX", "hợp tác").spoken == "hợp tác"


def page(cast: Cast, **asked: str) -> str:
    return f"{reverse('media:words')}?don-vi={cast.quy_mong.path}" + "".join(f"&{k}={v}" for k, v in asked.items())


def test_the_page_adds_changes_and_drops(cast: Cast, client: Client) -> None:
    client.force_login(cast.lan)
    assert "Chưa có từ riêng nào" in client.get(page(cast)).content.decode()
    answer = client.post(page(cast), {"written": "Khe Lếch", "spoken": "khe lệch"}, follow=True)
    assert "Từ nay “Khe Lếch” đọc là “khe lệch”" in answer.content.decode()
    mending = client.get(page(cast, sua="Khe Lếch")).content.decode()
    assert 'value="khe lệch"' in mending
    assert "readonly" in mending
    entry = LexiconEntry.objects.get()
    answer = client.post(reverse("media:drop_word", args=[entry.pk]), follow=True)
    assert "Đã xóa cách đọc riêng của “Khe Lếch”" in answer.content.decode()
    assert not LexiconEntry.objects.exists()


def test_a_refusal_stands_beside_its_field_and_nothing_that_was_typed_is_lost(cast: Cast, client: Client) -> None:
    client.force_login(cast.lan)
    answer = client.post(page(cast), {"written": "Khe <3", "spoken": "khe ba"})
    words = answer.content.decode()
    assert answer.status_code == 422
    assert escape(own_words.MESSAGES["written_signs"]) in words
    assert 'value="khe ba"' in words


def test_the_search_needs_no_diacritics_and_shows_where_a_word_comes_from(cast: Cast, client: Client) -> None:
    actions.put_word(actor=cast.minh_anh, area=cast.lao_cai, written="HTX", spoken="hợp tác xã vùng", now=cast.now)
    teach(cast, "NVH", "nhà văn hóa")
    client.force_login(cast.lan)
    found = client.get(page(cast, tim="hop tac xa"), headers={"HX-Request": "true"})
    words = found.content.decode()
    assert "<html" not in words
    assert words.index("Tỉnh Lào Cai") < words.index("Danh sách chung")
    assert "Ở đây đọc khác" in words
    assert "nhà văn hóa" not in words
    assert "tim=hop" in found["HX-Replace-Url"]


def test_who_only_looks_gets_no_buttons_and_who_only_teaches_may_listen(cast: Cast, client: Client) -> None:
    teach(cast, "NVH", "nhà văn hóa")
    client.force_login(cast.son)
    words = client.get(page(cast)).content.decode()
    assert "nhà văn hóa" in words
    assert "Thêm từ" not in words
    assert "Xóa" not in words
    client.force_login(cast.thanh)
    heard = f"{reverse('media:try')}?don-vi={cast.quy_mong.path}&chu=nhà văn hóa&giong=espeak/vi"
    assert client.get(heard)["Content-Type"] == "audio/wav"
    client.force_login(cast.son)
    assert client.get(heard).status_code == 403


def test_long_ago_or_today_an_entry_says_who_made_it(cast: Cast) -> None:
    entry = teach(cast, "CLB", "câu lạc bộ")
    later = cast.now + timedelta(days=3)
    actions.put_word(actor=cast.thanh, area=cast.quy_mong, written="CLB", spoken="đội", now=later)
    entry.refresh_from_db()
    assert (entry.made_by, entry.made_at) == (cast.thanh, later)
