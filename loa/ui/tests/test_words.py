"""How times, lengths and sizes are written, and that nothing English reaches a page."""

from datetime import UTC, datetime
from pathlib import Path

import polib
import pytest
from django.utils import translation

from loa.ui import check_translations, language, messages
from loa.ui import format as written

EVENING = datetime(2026, 8, 20, 10, 3, tzinfo=UTC)  # 17:03 in Quy Mông


def test_times_are_local_and_days_are_named() -> None:
    assert written.hm(EVENING) == "17:03"
    assert written.long_day(EVENING) == "Thứ Năm, 20/8/2026"
    assert written.short_day(datetime(2026, 8, 20, 18, tzinfo=UTC)) == "21/8"


@pytest.mark.parametrize(("ms", "words"), [(52_000, "0:52"), (725_000, "12:05"), (3_729_000, "1:02:09"), (0, "0:00")])
def test_lengths(ms: int, words: str) -> None:
    assert written.length(ms) == words


@pytest.mark.parametrize(
    ("octets", "words"), [(900, "900 byte"), (640_000, "640 KB"), (4_800_000, "4,8 MB"), (1_200_000_000, "1,2 GB")]
)
def test_sizes_have_a_decimal_comma(octets: int, words: str) -> None:
    assert written.size(octets) == words
    assert written.number(15000) == "15.000"


def test_everything_a_person_can_meet_is_vietnamese() -> None:
    assert check_translations.main([]) == 0


def test_a_new_message_of_a_package_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    new = messages.Message("Enter the name of your pet", where="allauth/account/forms.py")
    monkeypatch.setattr(messages, "reachable", lambda: {new.key: new})
    assert list(check_translations.untranslated()) == [
        "no Vietnamese for 'Enter the name of your pet' (allauth/account/forms.py)"
    ]


def test_a_stale_catalogue_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "django.mo"
    old.write_bytes(polib.POFile().to_binary())
    monkeypatch.setattr(check_translations, "COMPILED", old)
    assert len(list(check_translations.stale())) == 1


def test_a_value_that_the_message_does_not_have_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = tmp_path / "django.po"
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Trust for %(period)s", msgstr="Tin trong %(days)s"))
    catalogue.save(str(source))
    monkeypatch.setattr(check_translations, "SOURCE", source)
    assert list(check_translations.wrong_values()) == ["the translation of 'Trust for %(period)s' names %(days)s"]


def test_an_english_template_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "loa" / "areas" / "templates" / "areas"
    folder.mkdir(parents=True)
    (folder / "list.html").write_text(
        '{% if more %}<p class="empty">Đơn vị</p><button title="Search again">Tìm</button>{% endif %}'
    )
    (folder / "good.html").write_text('{# the list #}<a href="/new/list" data-live="new">Danh sách</a>')
    assert list(check_translations.english_templates(tmp_path / "loa")) == [
        "English in loa/areas/templates/areas/list.html: search, again"
    ]


def test_vietnamese_without_marks_is_not_taken_for_english() -> None:
    assert language.english_words("Cho cụm loa Ben do, To 3, xem lai; an ninh, me con, men") == []


def test_django_speaks_our_words() -> None:
    with translation.override("vi"):
        assert translation.gettext("This field is required.") == "Chưa điền ô này."
        assert translation.ngettext("%(num)d hour", "%(num)d hours", 3) % {"num": 3} == "3 giờ"
