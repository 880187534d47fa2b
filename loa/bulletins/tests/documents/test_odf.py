"""OpenDocument files, as LibreOffice in offices without Word writes them."""

import pytest

from loa.bulletins.documents.layout.document import Document
from loa.bulletins.documents.lines import Unreadable, Warn
from loa.bulletins.documents.reading import open_document
from loa.bulletins.tests.documents.makers import odt

DAY = "Quy Mông, ngày 20 tháng 8 năm 2026"
STORE = "Đề nghị bà con chủ động trữ nước."
CENTRED = (
    '<style:style style:name="P1" style:family="paragraph"><style:paragraph-properties fo:text-align="center"/>'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
)


def opened(body: str, **more: str) -> Document:
    return open_document(odt(body, **more))


def para(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def inside(content: str, *tags: str) -> str:
    """The content in elements of these names, the first outermost."""
    for tag in reversed(tags):
        content = f"<{tag}>{content}</{tag}>"
    return content


def style(name: str, family: str, text: str) -> str:
    return f'<style:style style:name="{name}" style:family="{family}"><style:text-properties {text}/></style:style>'


def cell(*paragraphs: str, more: str = "") -> str:
    inside = "".join(one if one.startswith("<") else para(one) for one in paragraphs)
    return f"<table:table-cell {more}>{inside}</table:table-cell>"


def table(*rows: str) -> str:
    return f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in rows)}</table:table>"


def test_an_invitation_of_the_commune() -> None:
    head = table(
        cell("ỦY BAN NHÂN DÂN", "XÃ QUY MÔNG", "Số: 41/GM-UBND")
        + cell(
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Quy Mông, ngày 20 tháng 8 năm 2026"
        )
    )
    foot = table(cell("Nơi nhận:", "- Như trên;", "- Lưu: VT.") + cell("CHỦ TỊCH", "Nguyễn Văn Thành"))
    found = opened(
        head + para("GIẤY MỜI", "P1") + para("Họp thôn 2", "P1") + para(STORE) + foot,
        automatic=CENTRED,
    )
    assert (found.title, found.body) == ("Giấy mời họp thôn 2", STORE)
    assert [one.part for one in found.dropped] == ["issuer", "number", "motto", "date", "recipients", "signature"]


def test_lists_spaces_breaks_and_spans() -> None:
    lists = (
        '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1" '
        'style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>'
        "</text:list-style>"
    )
    inner = f"<text:list><text:list-item>{para('Cho trẻ em.')}</text:list-item></text:list>"
    body = (
        para("Lịch<text:s text:c='999999999'/>tiêm<text:line-break/>trong <text:span>tháng</text:span> 8.")
        + f'<text:list text:style-name="L1"><text:list-item>{para("Mục đích.")}{inner}</text:list-item>'
        + f"<text:list-item>{para('Yêu cầu.')}</text:list-item></text:list>"
        + f'<text:list text:style-name="L1"><text:list-item>{para("Từ đầu.")}</text:list-item></text:list>'
    )
    found = opened(body, automatic=lists)
    assert found.body.split("\n") == [
        "Lịch tiêm trong tháng 8.", "1. Mục đích.", "a) Cho trẻ em.", "2. Yêu cầu.", "1. Từ đầu.",
    ]  # fmt: skip


def test_what_a_tracked_change_took_out_is_not_read() -> None:
    gone = inside(para("Lúc 8h."), "text:tracked-changes", "text:changed-region", "text:deletion")
    found = opened(gone + para("Họp <text:change-start/>lúc 9h<text:change-end/>.<text:change/>"))
    assert (found.body, set(found.warnings)) == ("Họp lúc 9h.", {Warn.TRACKED, Warn.NO_TITLE})


def test_notes_boxes_comments_and_hidden_text() -> None:
    hidden = style("T1", "text", 'text:display="none"')
    note = inside(inside(para("Theo lịch."), "text:note-body"), "text:note")
    box = inside(para("Gọi 1900 1234."), "draw:frame", "draw:text-box")
    comment = inside(para("Xem lại"), "office:annotation")
    found = opened(
        para(f"Mời họp{note}.{comment}<text:span text:style-name='T1'>Bí mật</text:span>{box}") + para(STORE),
        automatic=hidden,
        styles=inside(para("Trang 1"), "office:master-styles", "style:master-page", "style:footer"),
    )
    assert found.body.split("\n") == ["Mời họp.", "Gọi 1900 1234.", STORE]
    told = {one.part: one.text for one in found.dropped}
    assert told == {"note": "Theo lịch.", "hidden": "Bí mật", "running": "Trang 1"}


def test_a_timetable_with_covered_cells() -> None:
    wide = 'table:number-columns-spanned="2"'
    tall = 'table:number-rows-spanned="2"'
    covered = "<table:covered-table-cell/>"
    rows = table(
        cell("Thôn") + cell("Ngày") + cell("Giờ"),
        cell("Thôn 3") + cell("22/8", more=tall) + cell("8h"),
        cell("Thôn 4") + covered + cell("9h"),
        cell("Thôn 5") + cell("Không cắt", more=wide) + covered,
    )
    found = opened(para(STORE) + rows)
    assert found.body.split("\n")[1:] == [
        "Thôn: Thôn 3; Ngày: 22/8; Giờ: 8h.",
        "Thôn: Thôn 4; Ngày: 22/8; Giờ: 9h.",
        "Thôn: Thôn 5; Ngày: Không cắt.",
    ]


def test_old_letters_by_the_fonts_of_styles() -> None:
    face = '<style:font-face style:name="F" svg:font-family="&apos;VNI-Times&apos;"/>'
    look = style("P2", "paragraph", 'style:font-name="F"')
    found = opened(para("Thoâng baùo hoïp thoân.", "P2"), automatic=inside(face, "office:font-face-decls") + look)
    assert (found.body, found.legacy) == ("Thông báo họp thôn.", "VNI (phông VNI-Times)")
    assert found.original is not None
    assert found.original.body == "Thoâng baùo hoïp thoân."


def test_a_password_and_another_kind_are_refused() -> None:
    with pytest.raises(Unreadable, match="encrypted"):
        opened(para(STORE), manifest="<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>")
    with pytest.raises(Unreadable, match="other_kind"):
        opened(para(STORE), mimetype="application/vnd.oasis.opendocument.spreadsheet")
