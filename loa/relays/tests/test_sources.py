"""Nguồn tiếp âm: who keeps them, what may be entered, what a page shows, and what a server never reads for anybody."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from devicelink.messages import Relay
from devicelink.permits import relay_digest
from django.test import Client

from loa.devices.models import DeviceGroup
from loa.kernel.errors import Denied, Invalid, NotFound, Refusal
from loa.relays import actions, queries, rules
from loa.relays.actions import Entered
from loa.relays.models import RelaySource, SourceTest
from loa.relays.rules import Receivable
from tests.cast import Cast

VOV1 = Entered(name="VOV1", permission="Quyết định 12/QĐ-UBND", url="https://stream.vov.example/vov1")
SOURCE = Receivable("a", "https://stream.vov.example/vov1", frequency_khz=102_700)


def added(cast: Cast, entered: Entered = VOV1) -> RelaySource:
    return actions.add_source(actor=cast.lan, area=cast.quy_mong, entered=entered, now=cast.now)


def test_lan_adds_changes_and_ends_a_source_of_the_commune(cast: Cast) -> None:
    source = added(cast)
    other = replace(VOV1, name="VOV2", frequency_khz=102_700)
    actions.change_source(actor=cast.lan, source_id=source.pk, entered=other, now=cast.now)
    (row,) = queries.sources_of(cast.quy_mong)
    assert (row.name, row.frequency_khz) == ("VOV2", 102_700)
    actions.end_source(actor=cast.lan, source_id=source.pk, now=cast.now)
    assert queries.sources_of(cast.quy_mong) == []
    added(cast, other)  # the name is free again


def test_the_neighbour_and_the_approver_change_nothing(cast: Cast) -> None:
    source = added(cast)
    with pytest.raises(NotFound):
        actions.end_source(actor=cast.mai, source_id=source.pk, now=cast.now)
    with pytest.raises(Denied):
        actions.end_source(actor=cast.thanh, source_id=source.pk, now=cast.now)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": ""}, "no_way"),
        ({"url": "file:///etc/passwd"}, "address"),
        ({"url": "rtsp://stream.vov.example/"}, "address"),
        ({"url": "https://lan:secret@stream.vov.example/"}, "address"),
        ({"url": "https:///vov1"}, "address"),
        ({"url": "https://stream.vov.example/a b"}, "address"),
        ({"url": "https://stream.vov.example/" + "x" * 400}, "address"),
        ({"frequency_khz": 531}, "frequency"),
        ({"url": "", "input": "line 1"}, "input"),
        ({"kbit_s": 5_000}, "kbit"),
        ({"name": "  "}, "name"),
        ({"permission": ""}, "permission"),
        ({"silent_after_s": 9_999}, "silence"),
    ],
)
def test_what_cannot_be_received_is_not_kept(cast: Cast, change: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        added(cast, replace(VOV1, **change))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert not RelaySource.objects.exists()


def test_two_sources_of_one_name_are_one_too_many(cast: Cast) -> None:
    added(cast)
    with pytest.raises(Invalid) as refused:
        added(cast)
    assert refused.value.code == "name_taken"


def test_an_approval_names_every_way_to_receive_and_no_other_address() -> None:
    names = rules.digests(SOURCE)
    for fetch in (rules.PLATFORM, rules.DEVICE):
        told = rules.relays(replace(SOURCE, fetch=fetch), ("fm", "stream"))
        assert {relay_digest(relay) for relay in told} <= set(names)
    other = rules.relays(replace(SOURCE, url="https://stream.vov.example/vov2"))
    assert relay_digest(other[1]) not in names
    assert relay_digest(Relay(kind="fm", id="a", frequency=102_800)) not in names


def test_a_group_without_the_chosen_way_takes_what_there_is() -> None:
    only_stream = replace(SOURCE, frequency_khz=None)
    assert [relay.kind for relay in rules.relays(only_stream, ("fm",))] == ["stream"]
    assert [relay.kind for relay in rules.relays(SOURCE, ("stream",))] == ["stream"]


def test_of_two_groups_the_later_word_counts(cast: Cast) -> None:
    later = cast.now + timedelta(days=1)
    assert rules.order_of([(later, ("stream",)), (cast.now, ("fm",))]) == ("stream",)
    assert rules.order_of([]) == rules.USUAL_WAYS


def test_a_try_is_asked_for_by_who_sees_the_source_and_not_without_end(cast: Cast) -> None:
    source = added(cast)
    for _ in range(actions.TRIES_AN_HOUR):
        actions.ask_for_try(actor=cast.thanh, source_id=source.pk, now=cast.now)
    with pytest.raises(Refusal) as refused:
        actions.ask_for_try(actor=cast.thanh, source_id=source.pk, now=cast.now)
    assert refused.value.code == "too_many"
    with pytest.raises(NotFound):
        actions.ask_for_try(actor=cast.mai, source_id=source.pk, now=cast.now)


def test_lan_tries_the_source_of_the_province_and_comes_back_to_her_own_page(client: Client, cast: Cast) -> None:
    source = added(cast)
    RelaySource.objects.update(area=cast.lao_cai)
    client.force_login(cast.lan)
    tried = client.post(f"/tiep-am/{source.pk}/nghe-thu/", follow=True)
    assert "Đang nghe thử" in tried.content.decode()
    assert client.get(tried.context["back"]).status_code == 200


def test_the_page_lists_tries_and_tells_what_was_heard(client: Client, cast: Cast) -> None:
    source = added(cast)
    DeviceGroup.objects.create(area=cast.quy_mong, name="Ven sông")
    client.force_login(cast.lan)
    page = client.get("/tiep-am/").content.decode()
    assert "VOV1" in page
    assert "Ven sông" in page
    answer = client.post(f"/tiep-am/{source.pk}/nghe-thu/")
    test = SourceTest.objects.get()
    assert answer.headers["Location"] == f"/tiep-am/nghe-thu/{test.pk}/"
    assert "Đang nghe thử" in client.get(answer.headers["Location"]).content.decode()
    figures = {"seconds": 10.0, "level": -18.2, "peak": -3.0, "kbit_s": 64, "codec": "mp3float", "rate": 48000}
    actions.note_try(test_id=test.pk, code="ok", figures=figures, now=cast.now)
    actions.note_try(test_id=test.pk, code="gone", figures={}, now=cast.now)
    told = client.get(answer.headers["Location"]).content.decode()
    assert "Nghe được" in told
    assert "64 kbit/s" in told


def test_a_source_is_entered_on_the_page_and_faults_are_told_there(client: Client, cast: Cast) -> None:
    client.force_login(cast.lan)
    fields = {
        "name": "VOV1", "permission": "QĐ 12", "url": "https://stream.vov.example/vov1", "kbit_s": "64",
        "fetch": "platform", "silent_after_s": "90", "frequency": "102,7", "fallback": "", "station": "", "input": "",
    }  # fmt: skip
    assert client.post("/tiep-am/", fields | {"url": "ftp://x"}).status_code == 422
    assert client.post("/tiep-am/", fields).status_code == 302
    assert RelaySource.objects.get().frequency_khz == 102_700


def test_a_group_chooses_how_it_receives(client: Client, cast: Cast) -> None:
    group = DeviceGroup.objects.create(area=cast.quy_mong, name="Ven sông")
    client.force_login(cast.lan)
    assert client.post(f"/tiep-am/nhom/{group.pk}/", {"ways": "stream"}).status_code == 302
    assert queries.ways([group.pk])[group.pk][1] == ("stream",)
    client.force_login(cast.mai)
    assert client.post(f"/tiep-am/nhom/{group.pk}/", {"ways": "fm"}).status_code == 404


def test_what_the_platform_serves_is_named_by_its_address(cast: Cast) -> None:
    source = added(cast)
    (path,) = queries.served()
    actions.change_source(
        actor=cast.lan, source_id=source.pk, entered=replace(VOV1, url="https://other.example/"), now=cast.now
    )
    assert path not in queries.served()
    assert path == f"/relay/{source.pk}." + path.rsplit(".", 1)[1]
    assert uuid.UUID(str(source.pk))
