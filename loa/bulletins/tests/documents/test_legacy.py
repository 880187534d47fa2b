"""Old encodings: every letter there and back, gold sentences, and what must never be taken for one of them."""

import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loa.bulletins.documents.layout.document import Document
from loa.bulletins.documents.legacy.convert import Encoding, convert_text, from_tcvn3, from_vni, of_font, recognise
from loa.bulletins.documents.legacy.syllables import is_syllable
from loa.bulletins.documents.legacy.tables import TCVN3, VISCII, VPS
from loa.bulletins.documents.reading import open_document
from loa.bulletins.tests.documents.makers import p, r, word

VOWELS = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ"
SMALL = VOWELS + "đ" + "bcdghklmnpqrstvx"
LETTERS = SMALL + SMALL.upper()
# An encoder of VNI from what the letter is made of, not from the tables that are tested.
MARKS = {"\u0302": "aâ", "\u0306": "aê", "\u031b": "", "": ""}
TONES = {"\u0301": "ù", "\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
ON_HAT = {"\u0301": "á", "\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0323": "ä", "": "â"}
ON_BREVE = {"\u0301": "é", "\u0300": "è", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë", "": "ê"}
WHOLE = {"đ": "ñ", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "í": "í", "ị": "ò", "ỵ": "î"}


def to_vni(text: str) -> str:
    return "".join(_vni(letter) for letter in text)


def _vni(letter: str) -> str:
    small = letter.lower()
    octets = WHOLE.get(small) or _vni_vowel(small)
    return octets.upper() if letter != small else octets


def _vni_vowel(small: str) -> str:
    base, *marks = list(unicodedata.normalize("NFD", small))
    tone = next((mark for mark in marks if mark in TONES), "")
    if "\u0302" in marks:
        return base + ON_HAT[tone]
    if "\u0306" in marks:
        return base + ON_BREVE[tone]
    if "\u031b" in marks:
        base = {"o": "ô", "u": "ö"}[base]
    return base + TONES.get(tone, "")


def to_tcvn3(text: str) -> str:
    back = {letter: octet for octet, letter in TCVN3.items()}
    return "".join(back.get(letter, letter) for letter in text)


@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_comes_back_from_vni(letter: str) -> None:
    assert from_vni(to_vni(letter)) == letter


@pytest.mark.parametrize("letter", SMALL + "ĂÂÊÔƠƯĐ")
def test_every_letter_that_tcvn3_has_comes_back(letter: str) -> None:
    assert from_tcvn3(to_tcvn3(letter)) == letter


def test_the_standard_has_74_marked_letters_each_with_an_octet_of_its_own() -> None:
    assert len(TCVN3) == len(set(TCVN3.values())) == 74
    assert set(SMALL + "ĂÂÊÔƠƯĐ") - set(TCVN3.values()) == set("bcdghklmnpqrstvx" + "aeiouy")
    assert all("\xa1" <= octet <= "\xfe" for octet in TCVN3)


@pytest.mark.parametrize("table", [VISCII, VPS], ids=["VISCII", "VPS"])
def test_the_encodings_from_abroad_have_134_letters_each_with_an_octet_of_its_own(table: Mapping[str, str]) -> None:
    marked = set(SMALL + SMALL.upper()) - set("bcdghklmnpqrstvxaeiouyBCDGHKLMNPQRSTVXAEIOUY")
    assert set(table.values()) == marked
    octets = [letter for letter in table if ord(letter) < 256]
    assert len(octets) == len(marked) == 134


SOME = "thôn xã ủy ban nhân dân họp đường nước sạch tiêm chủng trẻ em lúc giờ"
WORDS = st.lists(st.sampled_from(SOME.split(" ")))


@given(WORDS.map(" ".join))
def test_words_come_back_from_both(text: str) -> None:
    assert from_tcvn3(to_tcvn3(text)) == text
    assert from_vni(to_vni(text)) == text
    assert from_vni(to_vni(text.upper())) == text.upper()


GOLD = [
    ("Céng hoµ x· héi chñ nghÜa ViÖt Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam", Encoding.TCVN3),
    ("§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc", Encoding.TCVN3),
    ("ñy ban nh©n d©n x· Quy M«ng th«ng b¸o", "ủy ban nhân dân xã Quy Mông thông báo", Encoding.TCVN3),
    ("Tr­êng häc nghØ 3 ngµy v× ®­êng ngËp", "Trường học nghỉ 3 ngày vì đường ngập", Encoding.TCVN3),
    ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam", Encoding.VNI),
    ("Ñoäc laäp – Töï do – Haïnh phuùc", "Độc lập – Tự do – Hạnh phúc", Encoding.VNI),
    ("UÛy ban nhaân daân xaõ thoâng baùo", "Ủy ban nhân dân xã thông báo", Encoding.VNI),
    ("ÑEÀ NGHÒ CAÙC HOÄ TRÖÕ NÖÔÙC", "ĐỀ NGHỊ CÁC HỘ TRỮ NƯỚC", Encoding.VNI),
    ("Cµng hòa xã hµi chü nghîa Vi®t Nam, Ðµc l§p", "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập", Encoding.VISCII),
    ("V« vi®c tÕm ng×ng c¤p nß¾c – thôn 3", "Về việc tạm ngừng cấp nước – thôn 3", Encoding.VISCII),
    ("œY BAN NHÂN DÂN XÃ: V‹ VIŽC Ð‹ NGH˜", "ỦY BAN NHÂN DÂN XÃ: VỀ VIỆC ĐỀ NGHỊ", Encoding.VISCII),
    ("C¶ng hòa xã h¶i chû nghïa ViŒt Nam, ñ¶c lÆp", "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập", Encoding.VPS),
    ("VŠ viŒc tåm ngØng cÃp nÜ§c – thôn 3", "Về việc tạm ngừng cấp nước – thôn 3", Encoding.VPS),
    (
        "Kính m©i bà con là các h¶ có trâu bò, ª gÀn sông",
        "Kính mời bà con là các hộ có trâu bò, ở gần sông",
        Encoding.VPS,
    ),
]


@pytest.mark.parametrize(("old", "new", "encoding"), GOLD)
def test_gold_sentences_are_known_and_converted(old: str, new: str, encoding: Encoding) -> None:
    assert convert_text(old) == (new, encoding)


@pytest.mark.parametrize(
    "text",
    [
        "Cộng hòa xã hội chủ nghĩa Việt Nam. Độc lập - Tự do - Hạnh phúc",
        unicodedata.normalize("NFD", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        "Cà Mau và bà con là cá, thì nhà ông Hà bàn về vàng",
        "The committee's café served a naïve résumé at 8 o'clock.",
        "L'élève a été reçu à l'hôtel près du café; déjà vu, où êtes-vous, garçon ?",
        "Führer für Bürger: größte Straßenbahn über Köln, schöne Grüße",
        "Mañana el niño irá al jardín con su mamá, según él.",
        "Nhiệt độ 26-27°C, 15.000đ, 5 µg/m³, § 3, ©2026",
        "",
        "12345 - 67890",
        "São Paulo não é a capital, mas é uma cidade de ação e coração, avó, três pães, à noite",
        "Il caffè è più buono così, perché là c'è la città e la libertà",
        "Øystein så på åsen, blå bær på øya, år på år, før også",
    ],
)
def test_what_is_proper_is_left_alone(text: str) -> None:
    assert recognise(text) is None
    assert convert_text(text) is None


SYLLABLES = "được giết gì quốc khuya nguyễn nghiêng xoong quỳnh ủy uỷ thuở hoà hòa yêu ngoằn"


@pytest.mark.parametrize("word_", SYLLABLES.split(" "))
def test_syllables(word_: str) -> None:
    assert is_syllable(word_)


@pytest.mark.parametrize("word_", ["kwh", "UBND", "straße", "hotel", "mòc", "cap̀", "xyz"])
def test_what_is_no_syllable(word_: str) -> None:
    assert not is_syllable(word_)


@pytest.mark.parametrize(
    ("font", "encoding"),
    [
        (".VnTime", Encoding.TCVN3), (".VnTimeH", Encoding.TCVN3), (".VnArial NarrowH", Encoding.TCVN3),
        ("VnTime", Encoding.TCVN3), ("VNI-Times", Encoding.VNI), ("VNI-Helve-Condense", Encoding.VNI),
        ("VPS Times", Encoding.VPS), ("VPS-Helv", Encoding.VPS),
        ("VI Times", Encoding.VISCII), ("VI Arial Hoa", Encoding.VISCII), ("Vivaldi", None), ("Viner Hand ITC", None),
        ("Times New Roman", None), ("", None), ("Vnicorn", None), ("Verdana", None),
    ],
)  # fmt: skip
def test_fonts_of_that_time(font: str, encoding: Encoding | None) -> None:
    assert of_font(font) is encoding


def opened(*paragraphs: str) -> Document:
    return open_document(word("".join(paragraphs)))


def test_a_notice_in_vntime_with_capitals_by_font() -> None:
    found = opened(
        p("céng hßa x· héi chñ nghÜa viÖt nam", font=".VnTimeH"),
        p("§éc lËp - Tù do - H¹nh phóc", font=".VnTime"),
        p("th«ng b¸o", font=".VnTimeH", centred=True, bold=True),
        p("VÒ viÖc häp th«n 2", font=".VnTime", centred=True),
        p("Mêi bµ con häp lóc 19h30.", font=".VnTime"),
    )
    assert (found.title, found.body) == ("Thông báo về việc họp thôn 2", "Mời bà con họp lúc 19h30.")
    assert found.legacy.startswith("TCVN3")
    assert found.original is not None
    assert found.original.body == "Mêi bµ con häp lóc 19h30."
    assert found.dropped[0].text.startswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")


def test_each_run_is_converted_by_its_own_font() -> None:
    found = opened(
        p(r("Häp ", font=".VnTime"), r("thôn 2 ", font="Times New Roman"), r("luùc 8 giôø.", font="VNI-Times"))
    )
    assert found.body == "Họp thôn 2 lúc 8 giờ."


def test_a_notice_from_abroad_in_the_font_of_its_encoding() -> None:
    found = opened(p("H†p thôn 2", font="VPS Times", bold=True), p("M©i bà con h†p.", font="VPS Times"))
    assert (found.body.split("\n")[-1], found.legacy[:3]) == ("Mời bà con họp.", "VPS")


def test_unicode_typed_with_an_old_font_stays() -> None:
    found = opened(p("Mời bà con họp lúc 19h30, cà phê và trà.", font=".VnTime"))
    assert (found.body, found.legacy) == ("Mời bà con họp lúc 19h30, cà phê và trà.", "")


def test_old_letters_in_a_plain_font_are_known_by_how_they_read() -> None:
    found = opened(p("ñy ban nh©n d©n x· Quy M«ng th«ng b¸o: nhµ m¸y n­íc s¹ch t¹m ngõng cÊp n­íc."))
    assert found.body == "ủy ban nhân dân xã Quy Mông thông báo: nhà máy nước sạch tạm ngừng cấp nước."
    assert found.legacy.startswith("TCVN3")


def test_a_text_file_of_old_octets() -> None:
    found = open_document("Mêi bµ con th«n 2 häp lóc 19h30 t¹i Nhµ v¨n hãa.".encode("latin-1"))
    assert (found.body, found.legacy[:5]) == ("Mời bà con thôn 2 họp lúc 19h30 tại Nhà văn hóa.", "TCVN3")


def test_word_keeps_letters_of_old_fonts_as_private_ones_and_soft_hyphens() -> None:
    run = r("M\uf0eai b\uf0b5 con n", font=".VnTime").replace("</w:r>", "<w:softHyphen/></w:r>") + r(
        "íc.", font=".VnTime"
    )
    assert opened(p(run)).body == "Mời bà con nước."
