"""Word files as they come to Lan's desk: what is read of each, and what is left out."""

import unicodedata

import pytest

from loa.bulletins.documents.layout.document import Document
from loa.bulletins.documents.lines import Unreadable, Warn
from loa.bulletins.documents.reading import open_document
from loa.bulletins.tests.documents.makers import official, p, part, r, table, word

WATER = "Nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30 thứ Bảy ngày 22/8/2026, đoạn qua thôn 3."
STORE = "Đề nghị bà con chủ động trữ nước."


def opened(body: str, **parts: str) -> Document:
    return open_document(word(body, {f"{name}.xml": content for name, content in parts.items()}))


def left_out(document: Document) -> dict[str, str]:
    return {one.part: one.text for one in document.dropped}


def test_a_notice_of_the_commune() -> None:
    found = open_document(official([WATER, STORE]))
    assert (found.title, found.body) == ("Thông báo về việc tạm ngừng cấp nước sinh hoạt", f"{WATER}\n{STORE}")
    assert left_out(found) == {
        "issuer": "UBND TỈNH LÀO CAI\nỦY BAN NHÂN DÂN XÃ QUY MÔNG",
        "number": "Số: 27/TB-UBND",
        "motto": "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc",
        "date": "Quy Mông, ngày 15 tháng 8 năm 2026",
        "recipients": "Nơi nhận:\n- Như trên;\n- Lưu: VT.",
        "signature": "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\n(Đã ký)\nNguyễn Văn Thành",
    }
    assert found.warnings == ()


def test_a_letter_has_its_subject_in_the_head() -> None:
    body = ["Kính gửi: Các trường học trên địa bàn xã", WATER, STORE]
    found = open_document(
        official(body, kind="", about=(), number="Số: 15/UBND-VX", letter_about="V/v tạm ngừng cấp nước tại thôn 3")
    )
    assert (found.title, found.body) == ("Tạm ngừng cấp nước tại thôn 3", f"{WATER}\n{STORE}")
    assert left_out(found)["address"] == "Kính gửi: Các trường học trên địa bàn xã"


def test_number_and_subject_of_a_letter_in_one_paragraph() -> None:
    head = table(
        (
            p(r("UBND XÃ QUY MÔNG\nSố: 15/UBND-VX\nV/v dọn vệ sinh đường làng,\nngõ xóm"), centred=True),
            p(r("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"), centred=True),
        )
    )
    found = opened(head + p(STORE))
    assert (found.title, found.body) == ("Dọn vệ sinh đường làng, ngõ xóm", STORE)


def test_people_who_are_addressed_hear_it() -> None:
    found = open_document(official(["Kính gửi: Toàn thể nhân dân thôn 5", STORE]))
    assert found.body.startswith("Kính gửi: Toàn thể nhân dân thôn 5")


def test_an_invitation_keeps_whom_it_invites() -> None:
    body = [
        "Trân trọng kính mời: Đại diện các hộ thôn 2.",
        "Thời gian: 19h30 thứ Sáu ngày 28/8/2026.",
        "Địa điểm: Nhà văn hóa thôn.",
    ]
    found = open_document(official(body, kind="GIẤY MỜI", about=["Họp bàn làm đường bê tông"]))
    assert found.title == "Giấy mời họp bàn làm đường bê tông"
    assert found.body == "\n".join(body)


def test_a_plan_keeps_its_numbered_parts() -> None:
    body = [
        "Thực hiện Kế hoạch số 12/KH-UBND ngày 05/01/2026 của UBND tỉnh, UBND xã xây dựng kế hoạch như sau:",
        "I. MỤC ĐÍCH, YÊU CẦU",
        "1. Mục đích",
        "- Nâng cao nhận thức của nhân dân.",
        "II. NỘI DUNG",
        "Trên đây là kế hoạch, các thôn nghiêm túc thực hiện./.",
    ]
    found = open_document(official(body, kind="KẾ HOẠCH", about=["Phòng cháy, chữa cháy rừng mùa khô năm 2026"]))
    assert found.title == "Kế hoạch phòng cháy, chữa cháy rừng mùa khô năm 2026"
    body[1], body[4] = "I. Mục đích, yêu cầu", "II. Nội dung"
    assert found.body.split("\n") == body


def test_a_decision_leaves_out_who_decides_and_keeps_its_articles() -> None:
    body = [
        "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ QUY MÔNG",
        "Căn cứ Luật Tổ chức chính quyền địa phương;",
        "QUYẾT ĐỊNH:",
        "Điều 1. Thành lập Tổ công nghệ số cộng đồng thôn 5.",
        "Điều 2. Quyết định này có hiệu lực từ ngày ký.",
    ]
    found = open_document(official(body, kind="QUYẾT ĐỊNH", about=["Về việc thành lập Tổ công nghệ số cộng đồng"]))
    assert found.title == "Quyết định về việc thành lập Tổ công nghệ số cộng đồng"
    assert found.body.split("\n") == [body[1], "Quyết định:", *body[3:]]
    assert "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ QUY MÔNG" in left_out(found)["issuer"]


def test_a_title_in_capitals_is_read_as_a_sentence_with_its_names() -> None:
    found = open_document(official([WATER], about=["VỀ VIỆC NGỪNG CẤP NƯỚC TẠI XÃ QUY MÔNG THEO LỊCH CỦA UBND TỈNH"]))
    assert found.title == "Thông báo về việc ngừng cấp nước tại xã Quy Mông theo lịch của UBND tỉnh"


def test_kind_and_subject_in_one_line_of_capitals() -> None:
    found = opened(p("THÔNG BÁO LỊCH TIÊM CHỦNG THÁNG 8", centred=True, bold=True) + p(STORE))
    assert (found.title, found.body) == ("Thông báo lịch tiêm chủng tháng 8", STORE)


def test_a_subject_in_brackets_stays_in_them() -> None:
    kind = "THÔNG BÁO LỊCH NGỪNG CUNG CẤP ĐIỆN"
    found = open_document(official([WATER], kind=kind, about=["(Từ ngày 24/8/2026 đến ngày 30/8/2026)"]))
    assert found.title == "Thông báo lịch ngừng cung cấp điện (từ ngày 24/8/2026 đến ngày 30/8/2026)"


def test_a_page_without_any_furniture() -> None:
    found = opened(p("Họp thôn 2", bold=True) + p("Mời các hộ họp lúc 19h30 tại Nhà văn hóa thôn."))
    assert (found.title, found.body) == ("Họp thôn 2", "Mời các hộ họp lúc 19h30 tại Nhà văn hóa thôn.")
    assert found.dropped == ()


def test_bare_words_have_no_title_and_the_page_says_so() -> None:
    found = opened(p("Mời các hộ thôn 2 họp lúc 19h30 tại Nhà văn hóa thôn.") + p(STORE))
    assert (found.title, found.warnings) == ("", (Warn.NO_TITLE,))


def test_a_style_called_title_is_one() -> None:
    styles = part(
        "styles",
        '<w:style w:type="paragraph" w:styleId="Tn"><w:name w:val="Title"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Con"><w:name w:val="x"/><w:basedOn w:val="Tn"/></w:style>',
    )
    found = opened(p("Giữ gìn vệ sinh", extra='<w:pStyle w:val="Tn"/>') + p(STORE), styles=styles)
    assert found.title == "Giữ gìn vệ sinh"


def test_a_hamlet_head_signs_without_any_rank_in_capitals() -> None:
    found = opened(
        p("THÔNG BÁO", centred=True, bold=True)
        + p("Về việc họp thôn", centred=True)
        + p("Mời bà con họp lúc 19h30.")
        + p("Thôn 5, ngày 20 tháng 8 năm 2026")
        + p("Trưởng thôn", bold=True)
        + p("Bàn Thị Xuân", bold=True)
    )
    assert (found.title, found.body) == ("Thông báo về việc họp thôn", "Mời bà con họp lúc 19h30.")
    assert left_out(found)["signature"].endswith("Bàn Thị Xuân")


def test_a_head_made_with_tabs() -> None:
    found = opened(
        p(r("ỦY BAN NHÂN DÂN\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"))
        + p(r("XÃ QUY MÔNG\tĐộc lập - Tự do - Hạnh phúc"))
        + p(r("Số: 27/TB-UBND\t\tQuy Mông, ngày 15 tháng 8 năm 2026"))
        + p("THÔNG BÁO", centred=True, bold=True)
        + p("Về việc ngừng cấp nước", centred=True, bold=True)
        + p(WATER)
        + p(r("Nơi nhận:\tTM. ỦY BAN NHÂN DÂN"))
        + p(r("- Như trên;\tCHỦ TỊCH"))
        + p(r("- Lưu: VT.\tNguyễn Văn Thành"))
    )
    assert (found.title, found.body) == ("Thông báo về việc ngừng cấp nước", WATER)
    assert {one.part for one in found.dropped} >= {"motto", "issuer", "number", "date", "recipients", "signature"}


def test_soft_breaks_inside_a_sentence_are_joined() -> None:
    found = opened(p(r("Nhà máy nước sạch tạm ngừng cấp nước\nđể thay van.\nĐề nghị bà con trữ nước.")))
    assert found.body == "Nhà máy nước sạch tạm ngừng cấp nước để thay van.\nĐề nghị bà con trữ nước."


def test_text_boxes_are_read_once() -> None:
    box = "<w:txbxContent>" + p("Đường dây nóng: 1900 1234.") + "</w:txbxContent>"
    drawing = (
        "<w:r><mc:AlternateContent>"
        f'<mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    found = opened(p(WATER, drawing) + p(STORE))
    assert found.body == f"{WATER}\nĐường dây nóng: 1900 1234.\n{STORE}"


def test_tracked_changes_are_read_as_accepted() -> None:
    run = "<w:r><w:delText>8h</w:delText></w:r>"
    found = opened(p(r("Ngừng cấp nước từ "), f"<w:del>{run}</w:del>", f"<w:ins>{r('9h')}</w:ins>", r(" sáng mai.")))
    assert found.body == "Ngừng cấp nước từ 9h sáng mai."
    assert Warn.TRACKED in found.warnings


def test_a_moved_sentence_and_a_deleted_paragraph_mark() -> None:
    found = opened(
        p(f"<w:moveFrom>{r(STORE)}</w:moveFrom>")
        + p("Mời bà con ", extra="<w:rPr><w:del/></w:rPr>")
        + p("họp lúc 19h30.")
        + p(f"<w:moveTo>{r(STORE)}</w:moveTo>")
    )
    assert found.body == f"Mời bà con họp lúc 19h30.\n{STORE}"


def test_a_deleted_row_is_gone() -> None:
    rows = table(("Thôn", "Giờ", "Người trực"), ("Thôn 3", "8h", "Sơn"), ("Thôn 4", "9h", "Mai"), header=True)
    second = rows.rindex("<w:tr>")
    found = opened(p(WATER) + rows[:second] + "<w:tr><w:trPr><w:del/></w:trPr>" + rows[second + 6 :])
    assert found.body.split("\n")[1:] == ["Thôn: Thôn 3; Giờ: 8h; Người trực: Sơn."]


def test_hidden_text_is_told_but_not_read() -> None:
    found = opened(p(r("Mời bà con họp."), r(" Nhớ xin chữ ký.", extra="<w:vanish/>")))
    assert found.body == "Mời bà con họp."
    assert left_out(found) == {"hidden": "Nhớ xin chữ ký."}


def test_notes_headers_and_page_numbers_are_told_but_not_read() -> None:
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    notes = f'<w:footnote w:id="0" w:type="separator">{p("x")}</w:footnote>'
    notes += f'<w:footnote w:id="2">{p("Theo Nghị định 71.")}</w:footnote>'
    found = opened(
        p(r("Mời bà con họp."), note),
        footnotes=part("footnotes", notes),
        header1=part("hdr", p("UBND xã Quy Mông")),
        footer1=part("ftr", p(r("2"))),
    )
    assert found.body == "Mời bà con họp."
    assert left_out(found) == {"note": "Theo Nghị định 71.", "running": "UBND xã Quy Mông\n2"}


def test_automatic_numbers_are_put_back() -> None:
    level = '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'
    lists = "".join(level.format(*one) for one in ((0, "decimal", "%1."), (1, "lowerLetter", "%2)")))
    numbers = part(
        "numbering",
        f'<w:abstractNum w:abstractNumId="0">{lists}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1">{level.format(0, "bullet", "")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>',
    )

    def item(text: str, at: int, listed: int = 1) -> str:
        return p(text, extra=f'<w:numPr><w:ilvl w:val="{at}"/><w:numId w:val="{listed}"/></w:numPr>')

    body = item("Mục đích.", 0) + item("Cho trẻ em.", 1) + item("Cho người già.", 1) + item("Yêu cầu.", 0)
    found = opened(p(STORE) + body + item("Đúng giờ.", 1) + item("Mang sổ.", 0, 2), numbering=numbers)
    assert found.body.split("\n")[1:] == [
        "1. Mục đích.", "a) Cho trẻ em.", "b) Cho người già.", "2. Yêu cầu.", "a) Đúng giờ.", "- Mang sổ.",
    ]  # fmt: skip


def test_fields_show_their_result() -> None:
    sign = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    code = "<w:r><w:instrText> DATE </w:instrText></w:r>"
    field = sign("begin") + code + sign("separate") + r("22/8/2026") + sign("end")
    simple = f'<w:fldSimple w:instr="DATE">{r("23/8")}</w:fldSimple>'
    found = opened(p(r("Họp ngày "), field, r(" hoặc "), simple, r(".")))
    assert found.body == "Họp ngày 22/8/2026 hoặc 23/8."


def test_a_timetable_of_power_cuts_is_read_row_by_row() -> None:
    rows = table(
        ("STT", "KHU VỰC", "Thời gian", "Lý do"),
        ("1", "Thôn 3", "7h30-11h ngày 22/8", "Thay công tơ"),
        ("2", "Thôn 4", "13h-15h ngày 22/8", "^"),
    )
    found = open_document(word(p("LỊCH CẮT ĐIỆN TUẦN 34", centred=True, bold=True) + p(WATER) + rows + p(STORE)))
    assert found.title == "Lịch cắt điện tuần 34"
    assert found.body.split("\n") == [
        WATER,
        "Khu vực: Thôn 3; Thời gian: 7h30-11h ngày 22/8; Lý do: Thay công tơ.",
        "Khu vực: Thôn 4; Thời gian: 13h-15h ngày 22/8; Lý do: Thay công tơ.",
        STORE,
    ]
    assert found.warnings == (Warn.TABLE,)


def test_a_table_without_a_head_is_names_and_values() -> None:
    found = opened(p(STORE) + table(("Thời gian", "19h30 ngày 28/8"), ("Địa điểm", "Nhà văn hóa thôn 2")))
    assert found.body.split("\n")[1:] == ["Thời gian: 19h30 ngày 28/8.", "Địa điểm: Nhà văn hóa thôn 2."]


def test_an_annex_behind_the_signature_is_kept() -> None:
    sign = p("TM. ỦY BAN NHÂN DÂN", bold=True) + p("CHỦ TỊCH", bold=True) + p("Nguyễn Văn Thành", bold=True)
    annex = p("PHỤ LỤC", centred=True, bold=True) + p("Thôn 3 từ 8h, thôn 4 từ 9h, thôn 5 từ 10h ngày 22/8.")
    found = opened(p("THÔNG BÁO", centred=True, bold=True) + p(WATER) + sign + annex)
    assert found.body.split("\n") == [WATER, "Phụ lục", "Thôn 3 từ 8h, thôn 4 từ 9h, thôn 5 từ 10h ngày 22/8."]
    assert left_out(found)["signature"] == "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\nNguyễn Văn Thành"


def test_decomposed_letters_are_composed() -> None:
    kind, text = (unicodedata.normalize("NFD", words) for words in ("THÔNG BÁO", WATER))
    found = opened(p(kind, bold=True, centred=True) + p(text))
    assert (found.title, found.body, found.legacy) == ("Thông báo", WATER, "")


def test_a_stamp_warns() -> None:
    found = opened(p("MẬT", bold=True) + p("DỰ THẢO") + p("THÔNG BÁO", bold=True, centred=True) + p(WATER))
    assert set(found.warnings) == {Warn.SECRET, Warn.DRAFT}
    assert found.body == WATER


def test_a_notice_of_a_party_cell() -> None:
    head = table(
        (
            p("ĐẢNG BỘ XÃ QUY MÔNG", centred=True) + p("CHI BỘ THÔN 5", centred=True) + p("*") + p("Số 12-TB/CB"),
            p("ĐẢNG CỘNG SẢN VIỆT NAM", centred=True) + p("Quy Mông, ngày 03 tháng 9 năm 2026", centred=True),
        )
    )
    body = p("THÔNG BÁO", centred=True, bold=True) + p("Sinh hoạt chi bộ tháng 9", centred=True) + p("-----") + p(STORE)
    found = opened(head + body + p("T/M CHI BỘ", bold=True) + p("BÍ THƯ", bold=True) + p("Bàn Thị Xuân"))
    assert (found.title, found.body) == ("Thông báo sinh hoạt chi bộ tháng 9", STORE)


@pytest.mark.parametrize("kind", ["macroEnabled.main+xml", "sheet.main+xml"])
def test_macros_and_other_kinds_are_refused(kind: str) -> None:
    main = f"application/vnd.openxmlformats-officedocument.{kind}"
    with pytest.raises(Unreadable) as refused:
        open_document(word(p(STORE), main=main))
    assert refused.value.code == ("macros" if "macro" in kind else "other_kind")


def test_a_document_with_a_hidden_program_is_refused() -> None:
    with pytest.raises(Unreadable, match="macros"):
        open_document(word(p(STORE), {"vbaProject.bin": b"\0"}))
