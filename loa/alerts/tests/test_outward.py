"""What was sent can be read by everybody as CAP; what was not, by nobody."""

from pathlib import Path

import pytest
from cap import feeds, forms, reading, rules, samples, signature
from devicelink.messages import Audience, Circle, Point, Target, Where
from django.test import Client

from loa.alerts.actions.records import record_alert
from loa.alerts.tests.telling import alert, cancel, entry, later
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def tell(cast: Cast, message: object, seconds: int = 0) -> None:
    at = later(cast.now, seconds)
    record_alert(entry=entry(message, cast.lan, "sent", at, by=cast.thanh, jws="j"))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _now(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loa.kernel.clock.now", lambda: later(cast.now, 300))


def test_an_alert_is_told_as_cap(cast: Cast, client: Client) -> None:
    tell(cast, alert(cast.quy_mong))

    answer = client.get("/cap/a1.xml")
    found = reading.read(answer.content)

    rules.check(found, later(cast.now, 300))
    assert answer["Content-Type"] == "application/cap+xml"
    assert (found.status, found.msg_type, found.sent) == ("Actual", "Alert", cast.now)
    (info,) = found.info
    assert (info.event, info.severity, info.description, info.category) == ("Lũ", "Severe", "Nước lên.", ("Met",))
    assert info.expires == later(cast.now, 3600)
    (area,) = info.area
    assert (area.area_desc, area.geocode[0].value) == ("Xã Quy Mông", "04531")
    assert forms.from_json(client.get("/cap/a1.json").content) == found


def test_a_cancel_names_what_it_ends(cast: Cast, client: Client) -> None:
    tell(cast, alert(cast.quy_mong))
    tell(cast, cancel(alert(cast.quy_mong)), 60)

    found = reading.read(client.get("/cap/c1.xml").content)

    rules.check(found, later(cast.now, 300))
    assert (found.msg_type, found.references[0].identifier) == ("Cancel", "a1")
    assert found.references[0].sent == cast.now
    assert "Hủy cảnh báo" in found.note


def test_each_place_has_its_text_and_its_shape(cast: Cast, client: Client) -> None:
    circle = Circle(centre=Point(latitude=21.7, longitude=104.8), radius=1500)
    targets = (
        Target(id="bo-song", where=Where(circles=(circle,))),
        Target(id="chung", where=Where(areas=(cast.thon_5.path,))),
    )
    tell(cast, alert(cast.quy_mong, targets=targets))

    river, rest = reading.read(client.get("/cap/a1.xml").content).info

    assert river.area[0].circle[0].radius == 1.5
    assert (rest.description, rest.area[0].geocode[0].value) == ("Nước lên.", cast.thon_5.path)


def test_the_feed_of_a_place_holds_what_touched_it(cast: Cast, client: Client) -> None:
    tell(cast, alert(cast.quy_mong))
    tell(cast, alert(cast.lao_cai, "a2", status="exercise"), 10)
    tell(cast, alert(cast.tran_yen, "a3"), 20)
    tell(cast, alert(cast.quy_mong, "a4", status="test"), 30)

    answer = client.get(f"/cap/{cast.quy_mong.path}.atom")
    found = feeds.read(answer.content)

    assert [one.link.rsplit("/", 1)[1] for one in found] == ["a2.xml", "a1.xml"]
    assert found[0].title.startswith("[Diễn tập]")
    assert answer["Cache-Control"] == "public, max-age=15"


def test_a_place_without_alerts_has_an_empty_feed_and_a_place_that_is_none_has_none(cast: Cast, client: Client) -> None:
    assert feeds.read(client.get(f"/cap/{cast.quy_mong.path}.atom").content) == ()
    assert client.get("/cap/vn.99.atom").status_code == 404


@pytest.mark.parametrize("state", ["waiting", "declined", "lapsed", "refused"])
def test_what_was_not_sent_is_told_to_nobody(cast: Cast, client: Client, state: str) -> None:
    record_alert(entry=entry(alert(cast.quy_mong), cast.lan, state, cast.now))  # type: ignore[arg-type]

    assert client.get("/cap/a1.xml").status_code == 404
    assert client.get("/cap/a1.json").status_code == 404
    assert feeds.read(client.get(f"/cap/{cast.quy_mong.path}.atom").content) == ()


def test_it_is_signed_where_there_is_a_key(cast: Cast, client: Client, tmp_path: Path, settings: object) -> None:
    station = samples.sender("Loa xã mẫu")
    file = tmp_path / "cap.pem"
    file.write_text(station.key + station.certificate)
    settings.LOA_CAP_KEY = file  # type: ignore[attr-defined]
    tell(cast, alert(cast.quy_mong, audience=Audience(area=cast.quy_mong.path)))

    signed = client.get("/cap/a1.xml").content

    assert signature.verify(signed, [signature.load(station.certificate)], cast.now).alert.identifier == "a1"


def test_nobody_can_change_anything_there(cast: Cast, client: Client) -> None:
    tell(cast, alert(cast.quy_mong))

    assert client.post("/cap/a1.xml").status_code == 405
