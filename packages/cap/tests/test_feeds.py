"""Feeds of others, with what is wrong in them, and ours."""

from datetime import UTC, datetime

import pytest
from cap import feeds, reading, samples, signature, writing
from cap.feeds import CAP_TYPE, Offer
from cap.refusals import Code, Refused
from cap.samples import Sender
from cap.signature import Certificate

BASE = "https://mau.example/tin/feed.atom"
ALERT = writing.write(samples.alert()).decode().split("?>", 1)[1]


def atom(*entries: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{"".join(entries)}</feed>'.encode()


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'.encode()


def entry(number: int, inner: str = "", updated: str = "2026-07-21T14:00:00+07:00") -> str:
    return f"<entry><id>urn:{number}</id><title>Tin {number}</title><updated>{updated}</updated>{inner}</entry>"


def link(href: str, kind: str = CAP_TYPE, rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" href="{href}"/>'


def test_an_entry_names_its_document_or_holds_it() -> None:
    first, second = feeds.read(atom(entry(1, link("a.xml")), entry(2, f"<content>{ALERT}</content>")), BASE)

    assert (first.id, first.title, first.link) == ("urn:1", "Tin 1", "https://mau.example/tin/a.xml")
    assert first.updated == datetime(2026, 7, 21, 7, tzinfo=UTC)
    assert reading.read(second.inline) == samples.alert()


def test_a_document_inside_keeps_its_signature(station: Sender, trusted: list[Certificate]) -> None:
    signed = signature.sign(samples.alert(), station.key, station.certificate).decode().split("?>", 1)[1]

    (found,) = feeds.read(atom(entry(1, f'<content type="{CAP_TYPE}">{signed}</content>')), BASE)

    assert signature.verify(found.inline, trusted, samples.NOW).alert == samples.alert()


def test_of_several_links_that_to_cap_counts() -> None:
    (found,) = feeds.read(atom(entry(1, link("x.html", "text/html") + link("x.xml"))), BASE)

    assert found.link == "https://mau.example/tin/x.xml"


def test_rss_is_read_too() -> None:
    item = "<item><guid>g1</guid><title>t</title><link>https://mau.example/1.xml</link><pubDate>Tue, 21 Jul 2026 14:00:00 +0700</pubDate></item>"  # noqa: E501
    enclosed = f'<item><guid>g2</guid><link>https://mau.example/2.html</link><enclosure type="{CAP_TYPE}" url="/2.xml"/></item>'  # noqa: E501

    one, two, three = feeds.read(rss(item, enclosed, f"<item><guid>g3</guid>{ALERT}</item>"), BASE)

    assert (one.link, one.updated) == ("https://mau.example/1.xml", datetime(2026, 7, 21, 7, tzinfo=UTC))
    assert two.link == "https://mau.example/2.xml"
    assert three.inline


def test_one_faulty_entry_does_not_spoil_the_others() -> None:
    found = feeds.read(
        atom(
            entry(1, link("a.xml")),
            entry(2, link("javascript:alert(1)")),
            entry(3, link("file:///etc/passwd")),
            entry(4, link("a.xml"), updated="hôm qua"),
            entry(5),
            entry(6, link("ftp://mau.example/a.xml")),
            entry(7, link("http://[::1")),
            "<entry/>",
            entry(8, link("b.xml")),
        ),
        BASE,
    )

    assert [one.id for one in found if one.code is None] == ["urn:1", "urn:8"]
    assert len(found) == 9


def test_an_entry_counts_once() -> None:
    found = feeds.read(atom(entry(1, link("a.xml")), entry(1, link("b.xml"))), BASE)

    assert [one.link for one in found] == ["https://mau.example/tin/a.xml"]


def test_a_bare_alert_is_a_feed_of_one() -> None:
    (found,) = feeds.read(ALERT.encode(), BASE)

    assert (found.id, found.inline) == ("VN-MAU-2026-0001", ALERT.encode())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html/>", Code.NOT_CAP),
        (b"{}", Code.NOT_XML),
        (b"", Code.EMPTY),
        (b"<!DOCTYPE rss []><rss/>", Code.HAS_DTD),
        (b" " * 50_000_000, Code.TOO_LARGE),
        (atom(*(entry(n, link("a.xml")) for n in range(501))), Code.TOO_COMPLEX),
    ],
)
def test_what_is_no_feed_is_refused(data: bytes, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        feeds.read(data, BASE)

    assert refused.value.code == code


def test_our_feed_can_be_read_by_our_reader() -> None:
    drill = samples.alert(status="Exercise")
    offers = [
        Offer(
            "urn:a:1", samples.alert(), "https://loa.example/cap/1.xml", "https://loa.example/cap/1.json", samples.NOW
        ),
        Offer("urn:a:2", drill, "https://loa.example/cap/2.xml", "https://loa.example/cap/2.json", samples.NOW),
    ]
    written = feeds.write(
        id="urn:a",
        title="Cảnh báo",
        author="Xã",
        address="https://loa.example/x.atom",
        updated=samples.NOW,
        offers=offers,
    )  # fmt: skip

    one, two = feeds.read(written)

    assert (one.id, one.link) == ("urn:a:1", "https://loa.example/cap/1.xml")
    assert one.updated == samples.NOW
    assert one.title == "Cảnh báo lũ quét trên suối Ngòi Hóp"
    assert two.title.startswith("[Diễn tập] ")
