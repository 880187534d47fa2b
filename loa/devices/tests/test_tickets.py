"""The loudspeaker of the market is mute: a repair ticket that only the loudspeaker itself can close."""

import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from loa.devices import actions, queries
from loa.devices.actions.tickets import Sounded
from loa.devices.models import Device, DeviceStatus, RepairTicket
from loa.devices.photos import made_small
from loa.devices.rules.pole import horns_in_words, read_horns
from loa.kernel.clock import local
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PROOFS: dict[str, Sounded] = {}


def told(since: object) -> dict[str, Sounded]:
    """Stands for the play log."""
    return PROOFS


@pytest.fixture
def market(cast: Cast) -> Device:
    row = actions.add_device(actor=None, area=cast.quy_mong, name="Chợ", now=cast.now)
    DeviceStatus.objects.create(device=row, state="online", cause="connected", since=cast.now, fault="sound")
    return row


def opened(cast: Cast, market: Device) -> RepairTicket:
    due = local(cast.now).date() + timedelta(days=7)
    return actions.open_ticket(actor=cast.lan, device=market, cause="sound", due=due, now=cast.now)


def test_it_closes_only_when_the_loudspeaker_has_sounded_since(
    cast: Cast, market: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LOA_SOUNDED", f"{__name__}.told")
    monkeypatch.setattr("loa.devices.tests.test_tickets.PROOFS", {market.pk: Sounded("a-1", cast.now)})
    row = opened(cast, market)
    assert actions.close_proven(now=cast.now) == 0
    actions.report_repaired(actor=cast.son, ticket=row, words="Thay âm-li", now=cast.now)
    DeviceStatus.objects.filter(pk=market.pk).update(trouble="no_card")
    assert actions.close_proven(now=cast.now) == 0
    DeviceStatus.objects.filter(pk=market.pk).update(trouble="")
    assert actions.close_proven(now=cast.now) == 1
    row.refresh_from_db()
    assert (row.state, row.proof["airing"]) == ("closed", "a-1")
    assert [step.what for step in row.steps.all()] == ["opened", "repaired", "closed"]
    with pytest.raises(Refusal, match="đã đóng"):
        actions.report_failed(actor=cast.son, ticket=row, words="", now=cast.now)


def test_still_broken_goes_on_and_one_device_has_one_ticket(cast: Cast, market: Device) -> None:
    row = opened(cast, market)
    with pytest.raises(Refusal, match="đang có phiếu"):
        opened(cast, market)
    actions.report_repaired(actor=cast.son, ticket=row, words="", now=cast.now)
    actions.report_failed(actor=cast.lan, ticket=row, words="Vẫn rè", now=cast.now)
    row.refresh_from_db()
    assert (row.state, row.repaired_at) == ("open", None)
    later = cast.now + timedelta(days=9)
    listed = queries.tickets(cast.quy_mong.path, later)
    assert [one.ticket for one in listed.late] == [row]
    actions.cancel_ticket(actor=cast.lan, ticket=row, reason="Lập nhầm", now=later)
    assert [one.ticket for one in queries.tickets(cast.quy_mong.path, later).closed] == [row]
    due = local(later).date()
    with pytest.raises(Invalid, match="tên đơn vị sửa"):
        actions.open_ticket(actor=cast.lan, device=market, cause="sound", due=due, hands="vendor", now=later)
    with pytest.raises(Invalid, match="Hạn sửa đã qua"):
        actions.open_ticket(actor=cast.lan, device=market, cause="sound", due=due - timedelta(days=1), now=later)


def test_who_looks_after_the_place_repairs_it(cast: Cast, market: Device) -> None:
    due = local(cast.now).date()
    with pytest.raises(NotFound):
        actions.open_ticket(actor=cast.mai, device=market, cause="sound", due=due, now=cast.now)
    with pytest.raises(Denied):
        actions.open_ticket(actor=cast.thanh, device=market, cause="sound", due=due, now=cast.now)


def photograph(size: tuple[int, int] = (3000, 2000)) -> bytes:
    """From a telephone that writes where it was."""
    exif = Image.Exif()
    exif[0x0112] = 6  # it was held upright
    exif.get_ifd(0x8825)[2] = (21.0, 37.0, 52.0)  # latitude
    exif[0x010F] = "Máy của Lan"
    kept = io.BytesIO()
    Image.new("RGB", size, "green").save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def test_a_photo_loses_its_place_and_its_size_and_stands_upright() -> None:
    jpeg, width, height = made_small(photograph())
    assert (width, height) == (853, 1280)
    assert len(jpeg) < 300_000
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert not picture.getexif()
        assert "exif" not in picture.info
    for junk in (b"", b"GIF89a", b"\xff\xd8\xff\xe0junk", photograph()[:900], b"x" * (16 << 20)):
        with pytest.raises(Invalid):
            made_small(junk)


def test_horns_are_written_in_degrees_or_words() -> None:
    assert read_horns("90, 270") == read_horns("đông; Tây") == [90, 270]
    assert horns_in_words([90, 225, 359]) == "Đông (90°), Tây Nam (225°), Bắc (359°)"
    for wrong in ("361", "lên", "1,2,3,4,5,6,7,8,9"):
        with pytest.raises(Invalid):
            read_horns(wrong)


def test_the_pages_from_the_pole_to_the_repair(client: Client, cast: Cast, market: Device) -> None:
    client.force_login(cast.son)
    pole = {"owner": "Điện lực", "horns": "đông, 225", "nearest_house_m": "25", "note": ""}
    assert client.post(f"/thiet-bi/{market.pk}/cot/", pole | {"horns": "lên"}).status_code == 422
    assert client.post(f"/thiet-bi/{market.pk}/cot/", pole).status_code == 302
    sent = io.BytesIO(photograph((400, 300)))
    sent.name = "cot.jpg"
    assert client.post(f"/thiet-bi/{market.pk}/anh/", {"photo": sent}).status_code == 302
    page = client.get(f"/thiet-bi/{market.pk}/").content.decode()
    assert "Đông (90°), Tây Nam (225°)" in page
    picture = market.photos.get()
    assert client.get(f"/thiet-bi/anh/{picture.pk}.jpg")["Content-Type"] == "image/jpeg"
    client.force_login(cast.lan)
    address = f"/thiet-bi/{market.pk}/phieu-moi/"
    assert client.get(address).context["form"].initial["cause"] == "sound"
    wish = {"cause": "sound", "words": "Loa rè", "hands": "commune", "due": "1/9/2036"}
    assert client.post(address, wish | {"due": "x"}).status_code == 422
    assert client.post(address, wish).status_code == 302
    ticket = RepairTicket.objects.get()
    for step, body in (("anh", {"photo": io.BytesIO(photograph((40, 30)))}), ("da-sua", {"words": "Thay dây"})):
        assert client.post(f"/thiet-bi/phieu/{ticket.pk}/{step}/", body).status_code == 302
    shown = client.get(f"/thiet-bi/phieu/{ticket.pk}/").content.decode()
    assert "Chờ loa phát" in shown
    assert "Thay dây" in shown
    assert shown.count("<img") == 1
    assert "Đã sửa, chờ loa phát" in client.get("/thiet-bi/phieu/").content.decode()
    client.force_login(cast.mai)
    assert client.get(f"/thiet-bi/anh/{picture.pk}.jpg").status_code == 404
