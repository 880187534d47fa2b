"""What anybody may read of alerts: the banner of a website, RSS for people; nothing of who wrote them or what waits."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client

from loa.alerts.models import AlertRecord
from loa.kernel import clock
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def alert(cast: Cast, identifier: str, **changed: object) -> AlertRecord:
    now = clock.now()
    facts: dict[str, object] = {
        "kind": "alert", "status": "actual", "state": "sent", "area": cast.quy_mong, "event": "lu",
        "severity": "severe", "headline": "Lũ trên sông Hồng", "content": {}, "author": cast.lan,
        "author_name": "Hoàng Thị Lan", "said": [{"target": "a", "language": "vi", "text": "Sơ tán ngay."}],
        "asked_at": now, "step_at": now, "issued": now, "expires": now + timedelta(hours=2),
    } | changed  # fmt: skip
    return AlertRecord.objects.create(pk=identifier, **facts)


def shown(client: Client, place: str) -> list[dict[str, str]]:
    answer = client.get(f"/canh-bao/cong-khai/{place}/bang-tin.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Hoàng Thị Lan" not in answer.content.decode()
    return list(answer.json()["alerts"])


def test_the_banner_shows_what_is_in_force_at_the_place(client: Client, cast: Cast) -> None:
    alert(cast, "lu")
    alert(cast, "tinh", area=cast.lao_cai)
    alert(cast, "dien-tap", status="exercise", area=cast.thon_5)
    alert(cast, "ben", area=cast.tran_yen)
    alert(cast, "kiem-tra", status="test")
    alert(cast, "cho", state="waiting", issued=None, expires=None)
    alert(cast, "cu", expires=clock.now() - timedelta(minutes=1))
    alert(cast, "huy-roi", ended_at=clock.now() - timedelta(minutes=1))
    rows = {row["id"]: row for row in shown(client, cast.quy_mong.path)}
    assert rows.keys() == {"lu", "tinh", "dien-tap"}
    assert rows["dien-tap"]["title"].startswith("DIỄN TẬP.")
    assert rows["dien-tap"]["text"].startswith("DIỄN TẬP.")
    assert rows["lu"]["title"] == "Cảnh báo: Lũ trên sông Hồng"


def test_the_feed_also_tells_the_end(client: Client, cast: Cast) -> None:
    row = alert(cast, "lu", ended_at=clock.now())
    alert(cast, "het", kind="end", alert=row.pk, headline="", said=[], issued=clock.now() + timedelta(seconds=1))
    answer = client.get(f"/canh-bao/cong-khai/{cast.quy_mong.path}/rss.xml")
    assert answer.headers["Content-Type"].startswith("application/rss+xml")
    items = ElementTree.fromstring(answer.content).findall("./channel/item")  # our own words
    assert [item.findtext("title") for item in items] == [
        "Kết thúc cảnh báo: Lũ trên sông Hồng", "Cảnh báo: Lũ trên sông Hồng",
    ]  # fmt: skip
    assert [item.findtext("guid") for item in items] == ["loa:het", "loa:lu"]


def test_a_place_that_is_none_has_nothing(client: Client, cast: Cast) -> None:
    assert client.get("/canh-bao/cong-khai/vn.99/bang-tin.json").status_code == 404
    assert client.post(f"/canh-bao/cong-khai/{cast.quy_mong.path}/bang-tin.json").status_code == 405
    assert shown(client, cast.quy_mong.path) == []
