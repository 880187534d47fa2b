"""`loa alert` at the terminal."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from loa.alerts.models import Draft
from loa.alerts.tests.test_records import sent
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command("alert", *words, stdout=out)
    return out.getvalue()


def test_what_was_sent_is_listed_and_counted(cast: Cast) -> None:
    assert "Chưa có cảnh báo nào" in said("list")
    sent(cast)
    assert "a1" in said("list")
    assert "Phải kêu 0" in said("board", "a1")
    assert "/khan-cap/a1/het/cancel/" in said("cancel", "a1")
    with pytest.raises(CommandError, match="nope"):
        said("board", "nope")


def test_a_draft_comes_from_a_file_and_is_signed_on_a_page(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "lu.yaml"
    file.write_text(f"area: {cast.quy_mong.path}\nstatus: exercise\nevent: lu\ntext: Nước lên.\n", encoding="utf-8")
    told = said("compose", str(file), "--as", "lan")
    row = Draft.objects.get()
    assert f"/khan-cap/nhap/{row.pk}/" in told
    assert row.headline.startswith("DIỄN TẬP")
    file.write_text("tin: lu\n", encoding="utf-8")
    with pytest.raises(CommandError, match="Tệp cần các mục"):
        said("compose", str(file), "--as", "lan")
