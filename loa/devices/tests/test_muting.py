"""A funeral at thôn 5: the cluster there keeps quiet until the day after, the others sound."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from devicelink import jws
from devicelink.messages import HoursExtension, Message, Placement

from loa.areas.models import OperatingRules
from loa.audit.models import Entry
from loa.devices import actions, signing
from loa.devices.actions.muting import mute, set_cluster_rules, unmute
from loa.devices.models import Device, Mute
from loa.devices.queries import air, latest
from loa.kernel.clock import LOCAL, from_ms
from loa.kernel.errors import Denied, LoaError, NotFound, Unavailable
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def thon_5(cast: Cast) -> Device:
    device = Device.objects.create(
        area=cast.quy_mong, hamlet=cast.thon_5, number=8, name="Nhà văn hóa thôn 5", made_at=cast.now,
        state=Device.State.PLACED, public_key="A" * 43,
    )  # fmt: skip
    actions.place([device], now=cast.now)
    return device


def spans(device: Device) -> tuple[HoursExtension, ...]:
    paper = latest("placement", f"device/{device.pk}")
    assert paper is not None
    return jws.decode(jws.parse(paper.jws).payload, Placement).hours.closures


def closures(device: Device) -> int:
    return len(spans(device))


def quiet_until(device: Device) -> datetime:
    return from_ms(max(span.end for span in spans(device)))


def funeral(cast: Cast, device: Device, **more: Any) -> Mute:
    until = cast.now + timedelta(days=2)
    facts = {"actor": cast.lan, "device": device, "until": until, "reason": "funeral", "now": cast.now, **more}
    return mute(**facts)


def test_a_funeral_is_respected_at_once_and_one_tap_ends_it(cast: Cast, thon_5: Device) -> None:
    funeral(cast, thon_5, words="Nhà ông Sáu")
    assert closures(thon_5) == 1
    held = air.mute_of(thon_5, cast.now)
    assert held is not None
    assert (held.by, held.words) == (cast.lan, "Nhà ông Sáu")
    assert [row.device for row in air.muted_in(cast.thon_5.path, cast.now)] == [thon_5]
    later = cast.now + timedelta(hours=3)
    assert unmute(actor=cast.son, device=thon_5, now=later) == 1
    assert quiet_until(thon_5) == later
    assert air.mute_of(thon_5, later) is None
    verbs = list(Entry.objects.order_by("pk").values_list("verb", "actor_id"))
    assert verbs[-2:] == [("device.muted", cast.lan.pk), ("device.unmuted", cast.son.pk)]


def test_a_mute_that_ends_by_itself_needs_nobody(cast: Cast, thon_5: Device) -> None:
    funeral(cast, thon_5)
    assert air.muted_in(cast.quy_mong.path, cast.now + timedelta(days=2)) == []
    assert unmute(actor=cast.lan, device=thon_5, now=cast.now + timedelta(days=3)) == 0


def test_of_two_mutes_the_longer_one_is_told(cast: Cast, thon_5: Device) -> None:
    funeral(cast, thon_5, reason="exam")
    funeral(cast, thon_5, until=cast.now + timedelta(days=5))
    held = air.mute_of(thon_5, cast.now)
    assert held is not None
    assert held.reason == "funeral"
    assert unmute(actor=cast.lan, device=thon_5, now=cast.now + timedelta(minutes=1)) == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"until": datetime(2020, 1, 1, tzinfo=LOCAL)}, "mute_over"),
        ({"until": datetime(2030, 1, 1, tzinfo=LOCAL)}, "mute_too_long"),
        ({"reason": "other"}, "mute_reason"),
        ({"reason": "noise"}, "mute_reason"),
    ],
)
def test_a_mute_that_cannot_be(cast: Cast, thon_5: Device, more: dict[str, Any], code: str) -> None:
    with pytest.raises(LoaError) as caught:
        funeral(cast, thon_5, **more)
    assert caught.value.code == code
    assert not Mute.objects.exists()


def test_who_is_not_of_the_place_does_not_mute_there(cast: Cast, thon_5: Device) -> None:
    with pytest.raises(NotFound):
        funeral(cast, thon_5, actor=cast.mai)
    with pytest.raises(Denied):
        funeral(cast, thon_5, actor=cast.thanh)


def test_a_mute_is_kept_while_the_signer_rests(
    cast: Cast, thon_5: Device, monkeypatch: pytest.MonkeyPatch, signer: list[Message]
) -> None:
    answering = signing.sign_all

    def away(messages: object) -> list[str]:
        raise Unavailable("Bộ phận ký đang nghỉ.")

    monkeypatch.setattr(signing, "sign_all", away)
    funeral(cast, thon_5)
    assert (Mute.objects.count(), closures(thon_5)) == (1, 0)
    monkeypatch.setattr(signing, "sign_all", answering)
    assert actions.refresh_places(now=cast.now) == 1
    assert closures(thon_5) == 1


def own(cast: Cast, device: Device, **more: Any) -> None:
    facts: dict[str, Any] = {
        "actor": cast.thanh, "device": device, "starts": date(2026, 8, 20), "document": "Biên bản họp thôn 5",
        "windows": [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "06:00", "to": "19:00"}],
        "volumes": [{"from": "06:00", "to": "07:00", "most": 30}], "now": cast.now, **more,
    }  # fmt: skip
    set_cluster_rules(**facts)


def test_a_cluster_by_the_hospital_is_shorter_and_quieter_never_longer_or_louder(cast: Cast, thon_5: Device) -> None:
    OperatingRules.objects.create(
        area=cast.quy_mong, starts=date(2026, 1, 1), document="QĐ 12",
        volumes=[{"from": "05:00", "to": "07:00", "most": 50}],
        windows=[{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}],
    )  # fmt: skip
    own(cast, thon_5)
    found = air.clusters_in([thon_5.pk], date(2026, 8, 20), date(2026, 8, 21)).own(thon_5.pk, date(2026, 8, 21))
    assert found is not None
    assert found.windows[0].start == 360
    with pytest.raises(LoaError, match=r"không được phát to hơn mức chung 05:00–07:00 tối đa 50% \(QĐ 12,") as caught:
        own(cast, thon_5, volumes=[{"from": "06:00", "to": "07:00", "most": 60}])
    assert caught.value.code == "louder_than_parent"
    with pytest.raises(LoaError) as caught:
        own(cast, thon_5, windows=[{"weekdays": [7], "from": "04:00", "to": "06:00"}])
    assert caught.value.code == "wider_than_parent"
    with pytest.raises(Denied):
        own(cast, thon_5, actor=cast.lan)
