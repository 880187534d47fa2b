"""Quy chế phát, gia hạn giờ phát, tạm tắt loa: as Lan and Thành see them on their phones."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from loa.areas.hours import DEFAULT_WINDOWS
from loa.areas.models import DayOff, Extension, OperatingRules
from loa.broadcasts.tests.changes.conftest import confirm
from loa.broadcasts.tests.conftest import Station, on_air
from loa.devices import signing
from loa.devices.models import ClusterRules, Mute
from loa.kernel import clock
from loa.kernel.clock import local
from loa.people import signer
from loa.people.models import Role
from tests.cast import Cast, give

EVERY_DAY = [{"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "05:00", "to": "21:00"}]


@pytest.fixture(autouse=True)
def ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch, station: Station) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)
    monkeypatch.setattr(signer, "host", lambda: signer.Host(DEFAULT_WINDOWS, ()))
    OperatingRules.objects.create(
        area=cast.lao_cai, starts=date(2026, 1, 1), document="Quyết định 30/QĐ-UBND", windows=EVERY_DAY,
        extension_days=2, extension_latest=1470, extension_reasons=["new_year_eve"],
        volumes=[{"from": "05:00", "to": "06:00", "most": 50}],
    )  # fmt: skip


def token_in(page: str) -> str:
    """Of the first difference on it."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def here(cast: Cast) -> date:
    return local(cast.now).date()


def test_the_page_says_what_holds_and_which_level_says_so(client: Client, cast: Cast) -> None:
    DayOff.objects.create(
        area=cast.vietnam, kind="lunar", name="Giỗ Tổ Hùng Vương", document="Bộ luật Lao động", effect="no_music",
        every="lunar", month=3, day=10, starts=date(2020, 1, 1),
    )  # fmt: skip
    client.force_login(cast.lan)
    page = client.get("/quy-che-phat/?nam=2027").content.decode()
    assert "05:00–21:00 hằng ngày" in page
    assert "05:00–06:00 tối đa 50%" in page
    assert "2 ngày một năm, muộn nhất 00:30 hôm sau, vì: đêm giao thừa (Quyết định 30/QĐ-UBND, " in page
    assert "10/3 âm lịch hằng năm" in page
    assert "16/04/2027" in page
    assert "Dùng mẫu này" not in page


def test_a_ready_profile_is_filled_in_seen_and_kept(client: Client, cast: Cast) -> None:
    on_air(cast, "Sáng", "06:30")
    on_air(cast, "Trưa", "11:00")
    on_air(cast, "Chiều", "17:30")
    client.force_login(cast.thanh)
    page = client.get("/quy-che-phat/").content.decode()
    assert "Quy định của thành phố Hà Nội năm 2021 cho phường" in page
    form = client.get("/quy-che-phat/sua/?mau=urban_ward").context["form"]
    fields = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "", [], False)}
    tomorrow = here(cast) + timedelta(days=1)
    fields |= {"document": "Quyết định 9/QĐ-UBND", "starts": f"{tomorrow:%d/%m/%Y}", "days0": "1234567"}
    shown = client.post("/quy-che-phat/sua/", fields)
    text = shown.content.decode()
    assert shown.status_code == 200, text
    assert "Đặt quy chế phát theo Quyết định 9/QĐ-UBND" in text
    assert "Chiều" in text  # the third session of the days to come
    confirm(client, text)
    row = OperatingRules.objects.get(area=cast.quy_mong)
    assert (row.max_sessions_per_day, row.max_minutes_per_session, row.profile) == (2, 15, "urban_ward")
    assert row.volumes == [{"from": "05:00", "to": "07:00", "most": 50}]


def test_louder_than_the_province_is_refused_with_its_rule(client: Client, cast: Cast) -> None:
    client.force_login(cast.thanh)
    fields = {
        "document": "QĐ 9", "starts": f"{here(cast):%d/%m/%Y}", "days0": "1234567", "from0": "5:00", "to0": "20:00",
        "loud_from0": "5:00", "loud_to0": "6:00", "loud_most0": "80",
    }  # fmt: skip
    page = client.post("/quy-che-phat/sua/", fields).content.decode()
    assert "không được phát to hơn mức của" in page
    assert "Hãy ghi từ 50% trở xuống." in page
    assert not OperatingRules.objects.filter(area=cast.quy_mong).exists()


def test_mourning_is_added_seen_and_ended(client: Client, cast: Cast) -> None:
    on_air(cast, "Tin chiều", "17:30")
    client.force_login(cast.thanh)
    fields = {
        "kind": "mourning", "name": "Quốc tang", "effect": "silence", "starts": f"{here(cast):%d/%m/%Y}",
        "ends": f"{here(cast) + timedelta(days=1):%d/%m/%Y}", "document": "Thông báo của Trung ương",
    }  # fmt: skip
    shown = client.post("/quy-che-phat/ngay/", fields).content.decode()
    assert "Thêm ngày đặc biệt Quốc tang (Thông báo của Trung ương)" in shown
    assert "Tin chiều" in shown
    confirm(client, shown)
    row = DayOff.objects.get()
    assert "Quốc tang" in client.get("/quy-che-phat/").content.decode()
    confirm(client, client.post(f"/quy-che-phat/ngay/{row.pk}/thoi/").content.decode())
    row.refresh_from_db()
    assert row.ends == here(cast)
    wrong = client.post("/quy-che-phat/ngay/", {**fields, "every": "solar", "day": "31", "month": "2"})
    assert "Không có ngày như vậy trong lịch" in wrong.content.decode()


def test_only_who_writes_rules_changes_them(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    assert client.get("/quy-che-phat/sua/").status_code == 403
    assert client.post("/quy-che-phat/ngay/", {}).status_code == 403
    client.force_login(cast.mai)
    assert client.get(f"/quy-che-phat/?don-vi={cast.quy_mong.path}").status_code == 404


def test_tet_night_is_asked_for_by_lan_and_approved_by_thanh(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    fields = {
        "reason": "new_year_eve", "words": "Tường thuật giao thừa", "from_day": "05/02/2027", "from_clock": "21:00",
        "to_day": "06/02/2027", "to_clock": "00:30",
    }  # fmt: skip
    late = client.post("/gia-han-gio-phat/", {**fields, "to_clock": "02:00"})
    assert "không cho xã Quy Mông phát sau 00:30 hôm sau" in late.content.decode()
    shown = client.post("/gia-han-gio-phat/", fields).content.decode()
    assert "Đề nghị gia hạn giờ phát từ 21:00 ngày 05/02/2027 đến 00:30 ngày 06/02/2027" in shown
    assert "14 ngày từ 05/02/2027" in shown
    assert not Extension.objects.exists()
    confirm(client, shown)
    page = client.get("/gia-han-gio-phat/").content.decode()
    assert "Rút đề nghị" in page
    assert "Duyệt gia hạn" not in page
    row = Extension.objects.get()
    client.force_login(cast.thanh)
    page = client.get("/gia-han-gio-phat/").content.decode()
    assert "Duyệt gia hạn" in page
    assert client.post(f"/gia-han-gio-phat/{row.pk}/duyet/").status_code == 200, "what was not shown is shown first"
    told = client.post(f"/gia-han-gio-phat/{row.pk}/duyet/", {"token": token_in(page)}, follow=True).content.decode()
    assert "Đã duyệt, còn hiệu lực" in told
    assert client.post(f"/gia-han-gio-phat/{row.pk}/nuot/").status_code == 404
    client.post(f"/gia-han-gio-phat/{row.pk}/thoi/")
    row.refresh_from_db()
    assert row.ended_at == cast.now


def test_a_funeral_is_muted_from_the_phone(
    client: Client, cast: Cast, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "sign_all", lambda messages: ["x" for _ in messages])
    pole = station.speakers[8]
    client.force_login(cast.lan)
    on_air(cast, "Bản tin sáng", "05:30")
    assert "Không cụm loa nào đang tắt." in client.get("/tam-tat-loa/").content.decode()
    tomorrow = here(cast) + timedelta(days=1)
    fields = {"reason": "funeral", "to_day": f"{tomorrow:%d/%m/%Y}", "to_clock": "20:00", "words": "Nhà ông Sáu"}
    looked = client.get(f"/tam-tat-loa/{pole.pk}/", fields, headers={"HX-Request": "true"}).content.decode()
    assert "Bản tin sáng" in looked
    sent = {**fields, "token": token_in(looked)}
    page = client.post(f"/tam-tat-loa/{pole.pk}/", sent, follow=True).content.decode()
    assert f"Đang tắt đến 20:00 ngày {tomorrow.day}/{tomorrow.month}/{tomorrow.year}" in page
    assert "Đám tang: Nhà ông Sáu" in page
    listed = client.get("/tam-tat-loa/").content.decode()
    assert f"{cast.lan.full_name} tắt." in listed
    shown = client.post(f"/tam-tat-loa/{pole.pk}/bat-lai/").content.decode()
    assert "Bản tin sáng" in shown
    assert Mute.objects.get().lifted_by is None
    page = client.get(f"/tam-tat-loa/{pole.pk}/").content.decode()
    client.post(f"/tam-tat-loa/{pole.pk}/bat-lai/", {"token": token_in(page)})
    assert Mute.objects.get().lifted_by == cast.lan
    assert (
        "Hãy ghi rõ lý do"
        in client.post(f"/tam-tat-loa/{pole.pk}/", {**fields, "reason": "other", "words": ""}).content.decode()
    )


def test_a_cluster_by_the_hospital_is_kept_quieter_after_its_difference_was_seen(
    client: Client, cast: Cast, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "sign_all", lambda messages: ["x" for _ in messages])
    on_air(cast, "Bản tin sáng", "05:30")
    pole = station.speakers[8]
    page = f"/quy-che-phat/cum/{pole.pk}/"
    client.force_login(cast.thanh)
    assert f'href="{page}"' in client.get("/quy-che-phat/").content.decode()
    tomorrow = here(cast) + timedelta(days=1)
    fields = {
        "document": "Biên bản họp thôn 5", "starts": f"{tomorrow:%d/%m/%Y}", "days0": "1234567", "from0": "06:00",
        "to0": "19:00", "loud_from0": "06:00", "loud_to0": "07:00", "loud_most0": "30",
    }  # fmt: skip
    wider = client.post(page, {**fields, "from0": "04:00"})
    assert "không được phát rộng hơn khung giờ của" in wider.content.decode()
    half = client.post(page, {**fields, "loud_to0": ""})
    assert "Hãy ghi đủ giờ bắt đầu, giờ kết thúc và mức âm lượng." in half.content.decode()
    shown = client.post(page, fields).content.decode()
    assert "Bản tin sáng" in shown  # this pole will not hear it any more
    confirm(client, shown)
    row = ClusterRules.objects.get(device=pole)
    assert (row.windows[0]["from"], row.volumes) == ("06:00", [{"from": "06:00", "to": "07:00", "most": 30}])
    assert "Chỉ phát 06:00–19:00 hằng ngày; âm lượng 06:00–07:00 tối đa 30%." in client.get(page).content.decode()
    assert "có quy định riêng" in client.get("/quy-che-phat/").content.decode()
    confirm(client, client.post(f"{page}{row.pk}/thoi/").content.decode())
    assert not ClusterRules.objects.exists()
    client.force_login(cast.lan)
    assert client.post(page, fields).status_code == 403
    assert "Đặt quy định riêng" not in client.get(page).content.decode()


def test_the_page_of_a_cluster_tells_its_volumes_and_refuses_what_is_too_loud_at_every_hour(
    client: Client, cast: Cast, station: Station
) -> None:
    pole = station.speakers[8]
    client.force_login(cast.lan)
    page = client.get(f"/thiet-bi/{pole.pk}/").content.decode()
    assert "Theo quy chế: 05:00–06:00 tối đa 50%. Đến giờ đó loa tự nhỏ lại." in page
    OperatingRules.objects.filter(area=cast.lao_cai).update(volumes=[{"from": "00:00", "to": "24:00", "most": 60}])
    told = client.post(f"/thiet-bi/{pole.pk}/am-luong/", {"volume": "61"}).content.decode()
    assert f"{pole.name} không giờ nào được phát to hơn 60% (00:00–24:00 tối đa 60%; Quyết định 30/QĐ-UBND" in told
    assert "Hãy chọn từ 60% trở xuống." in told


def test_who_only_looks_sees_who_muted_and_no_button(client: Client, cast: Cast, station: Station) -> None:
    give(cast.xuan, Role.VIEWER, cast.quy_mong)
    Mute.objects.create(
        device=station.speakers[8], starts=cast.now, until=cast.now + timedelta(days=1), reason="exam", by=cast.lan,
        made_at=cast.now,
    )  # fmt: skip
    client.force_login(cast.xuan)
    page = client.get(f"/tam-tat-loa/?don-vi={cast.quy_mong.path}").content.decode()
    assert "Kỳ thi" in page
    assert "Bật lại" not in page
    assert client.post(f"/tam-tat-loa/{station.speakers[8].pk}/bat-lai/").status_code == 403
