"""Files that mean harm, or were torn on their way: refused with a reason, quickly, and nothing is left behind."""

import io
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from loa.bulletins.documents import child, run
from loa.bulletins.documents.layout.document import Document
from loa.bulletins.documents.lines import Unreadable
from loa.bulletins.documents.markup import parse
from loa.bulletins.documents.reading import open_document
from loa.bulletins.documents.refusals import MESSAGES, refusal
from loa.bulletins.tests.documents.makers import (
    MAIN,
    WORD_SPACES,
    odt,
    official,
    p,
    part,
    pdf,
    placed,
    table,
    word,
    zipped,
)
from loa.kernel.errors import Unavailable

NOTICE = "Nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30."
NOTICE_PLAIN = "Nha may nuoc sach ngung cap nuoc."
ENTITY = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


def in_child(data: bytes, timeout: float = run.MAX_SECONDS) -> Document:
    return run.open_in_child(io.BytesIO(data), len(data), timeout)


def code_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        in_child(data)
    assert refused.value.code in MESSAGES
    return refused.value.code


def test_the_child_reads_what_the_house_reads() -> None:
    assert in_child(official([NOTICE])) == open_document(official([NOTICE]))
    old = word(p("Häp th«n 2 lóc 8 giê, mêi bµ con ®Õn dù.", font=".VnTime"))
    assert in_child(old) == open_document(old)


@pytest.mark.parametrize(
    "deed",
    ["import socket; socket.socket()", "import subprocess; subprocess.run(['true'])", "import os; os.fork()"],
    ids=["network", "program", "process"],
)
def test_what_a_file_could_make_the_reader_do_is_refused(deed: str) -> None:
    limited = f"from loa.bulletins.documents import child; child.limit(); {deed}"
    done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Operation not permitted" in done.stderr


def verdict(reader: Callable[[bytes], Document], data: bytes) -> str:
    """What a reader says: the body, or the reason of its refusal."""
    try:
        return reader(data).body
    except Unreadable as refused:
        return refused.code


def document(body: str, doctype: str = "") -> bytes:
    types = f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/>'
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>',
            "word/document.xml": f"{doctype}<w:document {WORD_SPACES}><w:body>{body}</w:body></w:document>",
        }
    )


def test_entities_are_never_read() -> None:
    for text in ("&b;", "&c;", "x"):
        assert code_of(document(p("x").replace("x", text), ENTITY)) == "broken"
    assert code_of(document(p("x"), '<!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd">')) == "broken"


def test_a_part_that_grows_without_end_is_refused() -> None:
    bomb = zipped({"word/x": b""} | {"[Content_Types].xml": b" " * 300_000_000})
    assert len(bomb) < 1_000_000
    with pytest.raises(Unreadable, match="too_heavy"):
        in_child(bomb, timeout=3_600)  # for what it is, not for how long it takes


@pytest.mark.parametrize(
    "data",
    [
        document("<w:tbl><w:tr><w:tc>" * 100_000),
        document("<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 200_000),
        zipped({f"word/{number}": b"" for number in range(6_000)} | {"[Content_Types].xml": b"<Types/>"}),
    ],
    ids=["deep", "many elements", "many parts"],
)
def test_what_is_too_deep_or_too_much_is_refused(data: bytes) -> None:
    assert code_of(data) in ("too_heavy", "too_long")


def test_deep_markup_is_refused_before_it_is_built() -> None:
    with pytest.raises(Unreadable, match="too_heavy"):
        parse(b"<a>" * 300 + b"</a>" * 300)


PAGES = b"/Kids [3 0 R] /Count 1"


@pytest.mark.parametrize(
    ("pages", "codes"),
    [
        (b"/Kids [3 0 R] /Count 99999999", {"no_text", "broken", "too_long"}),
        (b"/Kids [2 0 R 2 0 R] /Count 50", {"broken"}),
        (b"/Kids [9 0 R] /Count 1", {"broken", "no_text"}),
    ],
    ids=["a hundred million pages", "pages in a circle", "a page that is not there"],
)
def test_pdf_files_that_lie_about_their_pages(pages: bytes, codes: set[str]) -> None:
    data = placed()
    assert PAGES in data
    assert code_of(data.replace(PAGES, pages)) in codes


def test_a_pdf_that_is_a_drawing_is_read_without_its_lines() -> None:
    drawing = b"0 0 m 500 500 l 0 10 500 10 re S\n" * 15_000
    whole = placed((80, 700, 12, NOTICE_PLAIN))
    start = whole.index(b"stream\n") + len(b"stream\n")
    data = whole[:start] + drawing + whole[start:]
    assert in_child(data.replace(b"<< /Length ", b"<< /Length 9")).body == NOTICE_PLAIN


def test_names_that_point_elsewhere_are_only_names() -> None:
    extra = {"../../../etc/passwd": b"x", "/etc/shadow": b"x", "..\\x.docx": b"x"}
    whole = zipfile.ZipFile(io.BytesIO(official([NOTICE])))
    parts = {info.filename: whole.read(info) for info in whole.infolist()}
    assert open_document(zipped(extra | parts)).body == NOTICE


def test_numbers_and_styles_that_go_round_in_circles() -> None:
    styles = part(
        "styles",
        '<w:style w:type="paragraph" w:styleId="A"><w:basedOn w:val="B"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="B"><w:basedOn w:val="A"/></w:style>',
    )
    level = '<w:start w:val="999999999999"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1%1%1%1%1%1"/>'
    lists = f'<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">{level}</w:lvl></w:abstractNum>'
    numbers = part("numbering", f'{lists}<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>')
    listed = '<w:pStyle w:val="A"/><w:numPr><w:ilvl w:val="-5"/><w:numId w:val="1"/></w:numPr>'
    found = open_document(word(p(NOTICE, extra=listed), {"styles.xml": styles, "numbering.xml": numbers}))
    assert found.body.endswith(NOTICE)


def test_a_reader_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreadable, match="too_heavy"):
        in_child(official([NOTICE]), timeout=0.01)


def test_only_some_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "WAIT_SECONDS", 0.01)
    taken = [run._places.acquire() for _ in range(run.AT_ONCE)]
    try:
        with pytest.raises(Unavailable) as busy:
            in_child(official([NOTICE]))
        assert busy.value.code == "busy"
    finally:
        for _ in taken:
            run._places.release()


def test_too_large_is_said_before_anything_is_read() -> None:
    with pytest.raises(Unreadable, match="too_large"):
        run.open_in_child(io.BytesIO(b""), 50_000_000)


def test_every_reason_has_words_with_a_way_out() -> None:
    for code, message in MESSAGES.items():
        error = refusal(Unreadable(code))
        assert (error.code, error.status, error.message) == (code, 422, message)
        assert any(word in message for word in ("Hãy", "Mở tệp", "mở được")), code


def test_the_limits_leave_room_for_a_large_notice() -> None:
    assert child.MAX_ADDRESS_SPACE >= 512 * 1024**2
    found = in_child(official([f"{NOTICE} Hộ số {number}." for number in range(280)]))
    assert len(found.body.split("\n")) == 280


SEEDS = {
    "docx": word(
        p("THÔNG BÁO", bold=True) + p(NOTICE) + table(("Thôn", "Giờ", "Lý do"), ("3", "8h", "Sửa")) + p("Hết.")
    ),
    "odt": odt(f"<text:p>{NOTICE}</text:p><table:table><table:table-row/></table:table>"),
    "pdf": pdf(f"*Họp thôn 2*\n\n{NOTICE}\n\n#table(columns: 2, [Thôn], [Giờ], [3], [8h])"),
    "txt": NOTICE.encode("utf-16"),
}


def mutated(data: bytes, seed: int) -> bytes:
    """Cut, torn, doubled, overwritten."""
    chance = random.Random(seed)
    out = bytearray(data)
    for _ in range(chance.choice((1, 3, 20, 200))):
        at = chance.randrange(len(out))
        kind = chance.randrange(4)
        if kind == 0:
            out[at] = chance.randrange(256)
        elif kind == 1 and len(out) > 50:
            del out[at : at + chance.randrange(1, 40)]
        elif kind == 2:
            out[at:at] = out[at : at + chance.randrange(1, 40)]
        else:
            out[at : at + 4] = bytes(chance.choice((0, 255, 127)) for _ in range(4))
        if not out:
            return b""
    return bytes(out)


def inside(data: bytes, seed: int) -> bytes:
    """The parts of a zip file torn, and packed whole again."""
    old = zipfile.ZipFile(io.BytesIO(data))
    chance = random.Random(seed)
    victim = chance.choice([info.filename for info in old.infolist() if info.file_size])
    return zipped(
        {
            info.filename: mutated(old.read(info), seed) if info.filename == victim else old.read(info)
            for info in old.infolist()
        }
    )


def torn() -> Iterator[tuple[str, bytes]]:
    for kind, data in SEEDS.items():
        for seed in range(60):
            yield f"{kind}-{seed}", mutated(data, seed)
    for kind in ("docx", "odt"):
        for seed in range(100):
            yield f"{kind}-inside-{seed}", inside(SEEDS[kind], seed)


@pytest.mark.parametrize("kind", SEEDS)
def test_torn_files_are_read_or_refused_with_a_reason(kind: str) -> None:
    """440 files in all; the reader itself, since a fault in it would be an exception of another kind here."""
    for name, data in torn():
        if not name.startswith(kind):
            continue
        said = verdict(open_document, data)
        assert said.strip(), name
        assert said in MESSAGES or not said.isascii(), f"{name}: {said}"


def test_torn_files_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of them the whole way through the limited process, with its own folder for scratch files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    open_before = len(os.listdir("/proc/self/fd"))
    with capture_logs() as logs:
        for name, data in list(torn())[::40]:
            assert verdict(in_child, data), name
    assert logs == []
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == open_before
