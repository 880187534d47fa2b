"""Makes the files that communes get: Word with raw parts where python-docx has no words for it, OpenDocument, PDF."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from xml.sax.saxutils import escape

import docx
import typst
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.table import _Cell

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WORD_SPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip file of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def word(body: str, parts: Mapping[str, str | bytes] | None = None, main: str = MAIN) -> bytes:
    """A .docx file with this content of <w:body>; `parts` are further ones by their names in word/."""
    types = f'<Override PartName="/word/document.xml" ContentType="{main}"/>'
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>',
        "word/document.xml": f"<w:document {WORD_SPACES}><w:body>{body}</w:body></w:document>",
    }
    for name, content in (parts or {}).items():
        whole[f"word/{name}"] = content
    return zipped(whole)


def part(name: str, content: str) -> str:
    """A part of a Word file: <w:styles>, <w:numbering>, <w:hdr> ..."""
    return f"<w:{name} {WORD_SPACES}>{content}</w:{name}>"


def r(text: str, *, font: str = "", bold: bool = False, extra: str = "") -> str:
    """A run; "\\n" is a line break, "\\t" a tab."""
    look = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}"/>' if font else ""
    look += "<w:b/>" if bold else ""
    inside = "".join(
        {"\n": "<w:br/>", "\t": "<w:tab/>"}.get(bit, f'<w:t xml:space="preserve">{escape(bit)}</w:t>')
        for bit in _bits(text)
    )
    return f"<w:r><w:rPr>{look}{extra}</w:rPr>{inside}</w:r>"


def _bits(text: str) -> Sequence[str]:
    return [bit for bit in text.replace("\n", "\0\n\0").replace("\t", "\0\t\0").split("\0") if bit]


def p(*runs: str, centred: bool = False, bold: bool = False, extra: str = "", font: str = "") -> str:
    """A paragraph of runs, or of plain texts."""
    inside = "".join(run if run.startswith("<") else r(run, bold=bold, font=font) for run in runs)
    place = '<w:jc w:val="center"/>' if centred else ""
    return f"<w:p><w:pPr>{extra}{place}</w:pPr>{inside}</w:p>"


def table(*rows: Sequence[str], header: bool = False) -> str:
    """A table; a cell is a text, or paragraphs. "^" goes on from the cell above."""
    lines = ""
    for number, row in enumerate(rows):
        look = "<w:trPr><w:tblHeader/></w:trPr>" if header and number == 0 else ""
        lines += f"<w:tr>{look}{''.join(_cell(cell) for cell in row)}</w:tr>"
    return f"<w:tbl>{lines}</w:tbl>"


def _cell(text: str) -> str:
    if text == "^":
        return "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>"
    return f"<w:tc>{text if text.startswith('<') else p(text)}</w:tc>"


def _paragraph(cell: _Cell, text: str, bold: bool = False) -> None:
    added = cell.add_paragraph()
    added.alignment = WD_ALIGN_PARAGRAPH.CENTER
    added.add_run(text).bold = bold


def official(
    body: Sequence[str],
    *,
    kind: str = "THÔNG BÁO",
    about: Sequence[str] = ("Về việc tạm ngừng cấp nước sinh hoạt",),
    number: str = "Số: 27/TB-UBND",
    letter_about: str = "",
) -> bytes:
    """A notice of the commune as the decree wants it, made by python-docx: a head of two columns, a foot of two."""
    file = docx.Document()
    head = file.add_table(rows=1, cols=2)
    left, right = head.rows[0].cells
    for text, bold in (("UBND TỈNH LÀO CAI", False), ("ỦY BAN NHÂN DÂN XÃ QUY MÔNG", True), ("________", False)):
        _paragraph(left, text, bold)
    _paragraph(left, number)
    if letter_about:
        _paragraph(left, letter_about)
    for text in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "_______________"):
        _paragraph(right, text, bold=True)
    _paragraph(right, "Quy Mông, ngày 15 tháng 8 năm 2026")
    for text in (kind, *about) if kind else ():
        added = file.add_paragraph()
        added.alignment = WD_ALIGN_PARAGRAPH.CENTER
        added.add_run(text).bold = True
    for text in body:
        file.add_paragraph(text)
    foot = file.add_table(rows=1, cols=2).rows[0].cells
    foot[0].text = "Nơi nhận:\n- Như trên;\n- Lưu: VT."
    for text in ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "(Đã ký)", "Nguyễn Văn Thành"):
        _paragraph(foot[1], text, bold=True)
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()


ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODF_SPACES = " ".join(
    f'xmlns:{short}="{ODF}:{name}:1.0"'
    for short, name in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing",
        "fo": "xsl-fo-compatible", "svg": "svg-compatible",
    }.items()
)  # fmt: skip
ODT = "application/vnd.oasis.opendocument.text"


def odt(body: str, *, automatic: str = "", styles: str = "", mimetype: str = ODT, manifest: str = "") -> bytes:
    """An .odt file with this content of <office:text>, these automatic styles, this inside of styles.xml."""
    content = f"<office:automatic-styles>{automatic}</office:automatic-styles>"
    content += f"<office:body><office:text>{body}</office:text></office:body>"
    parts = {
        "mimetype": mimetype,
        "content.xml": f"<office:document-content {ODF_SPACES}>{content}</office:document-content>",
        "styles.xml": f"<office:document-styles {ODF_SPACES}>{styles}</office:document-styles>",
    }
    if manifest:
        space = f'xmlns:manifest="{ODF}:manifest:1.0"'
        parts["META-INF/manifest.xml"] = f"<manifest:manifest {space}>{manifest}</manifest:manifest>"
    return zipped(parts)


@cache
def pdf(source: str) -> bytes:
    """A PDF of Typst markup, A4 with the margins of the decree."""
    page = '#set page(paper: "a4", margin: (top: 20mm, bottom: 20mm, left: 30mm, right: 20mm))\n'
    return bytes(typst.compile((page + SET + source).encode()))


SET = '#set text(font: "Libertinus Serif", size: 13pt, lang: "vi")\n#set par(justify: true, first-line-indent: 10mm)\n'


def placed(*pieces: tuple[float, float, float, str], font: str = "Helvetica") -> bytes:
    """A PDF of one page, written by hand: pieces (x, y, size, Western text) in this order of the file."""
    stream = b"".join(b"BT /F %g Tf %g %g Td (%s) Tj ET\n" % (size, x, y, _octets(text)) for x, y, size, text in pieces)
    widths = " ".join("500" for _ in range(32, 256))
    face = (
        f"<< /Type /FontDescriptor /FontName /{font} /Flags 32 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 900 "
        "/Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(stream), stream),
        f"<< /Type /Font /Subtype /TrueType /BaseFont /{font} /Encoding /WinAnsiEncoding /FirstChar 32 /LastChar 255 "
        f"/Widths [{widths}] /FontDescriptor 6 0 R >>".encode(),
        face.encode(),
    ]
    return _with_table(objects)


def _octets(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _with_table(objects: Sequence[bytes]) -> bytes:
    """Objects with the table of where they begin."""
    out, starts = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table_at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % start for start in starts)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, table_at)
