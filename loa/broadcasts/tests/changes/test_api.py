"""A program of the province works on the calendar with a token of Lan's, by the same three steps as she does."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from loa.broadcasts.changes import registry
from loa.broadcasts.models import KeptChange, Schedule
from loa.broadcasts.tests.changes.conftest import Answer
from loa.broadcasts.tests.changes.test_schedules import at_hour
from loa.broadcasts.tests.conftest import at
from loa.broadcasts.tests.story.conftest import fresh
from loa.kernel import clock
from loa.kernel.clock import to_ms
from loa.people.actions.tokens import make_token, revoke_token
from loa.people.models import ApiToken, User
from tests.cast import Cast


@pytest.fixture(autouse=True)
def ten_to_five(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: cast.now)


class Program:
    """Speaks JSON and has a token."""

    def __init__(self, secret: str) -> None:
        self.client, self.secret = Client(), secret

    def ask(self, method: str, path: str, body: object = None, **query: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        if method == "get":
            return self.client.get(f"/api/v1{path}", query, headers=headers)
        return self.client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def program(cast: Cast, user: User | None = None, *may: str, area: object = None) -> Program:
    _, secret = make_token(
        actor=user or cast.lan, name="Tỉnh", area=area or cast.quy_mong, capabilities=may or ["schedule.write"],  # type: ignore[arg-type]
        days=30, now=cast.now,
    )  # fmt: skip
    return Program(secret)


def drop(cast: Cast, row: Schedule) -> dict[str, Any]:
    start = to_ms(at(cast, 5, days=1))
    return {"kind": "airing.drop", "area": cast.quy_mong.path, "schedule": str(row.pk), "start": start}


def test_preview_keep_undo(cast: Cast, bulletin_at_five: Schedule) -> None:
    tool, change = program(cast), drop(cast, bulletin_at_five)
    shown = tool.ask("post", "/changes/preview", {"change": change}).json()
    assert [(line["was"], line["becomes"], line["days"]) for line in shown["lines"]] == [
        ("05:00", "không phát", ["2026-08-21"])
    ]
    assert fresh(bulletin_at_five).dropped == []
    answer = tool.ask("post", "/changes", {"change": change, "token": shown["token"]})
    assert answer.status_code == 201, answer.content
    assert fresh(bulletin_at_five).dropped == [change["start"]]
    kept = answer.json()["id"]
    assert [row["id"] for row in tool.ask("get", "/changes", area=cast.quy_mong.path).json()] == [kept]
    undo = tool.ask("get", f"/changes/{kept}/undo").json()
    assert [(line["was"], line["becomes"]) for line in undo["lines"]] == [("không phát", "05:00")]
    assert tool.ask("post", f"/changes/{kept}/undo").status_code == 200
    assert fresh(bulletin_at_five).dropped == []


def test_a_quarter_past_three_is_refused_in_the_preview(cast: Cast, bulletin_at_five: Schedule) -> None:
    change = json.loads(registry.encode(at_hour(bulletin_at_five, "03:15")))
    shown = program(cast).ask("post", "/changes/preview", {"change": change}).json()
    assert shown["token"] == ""
    assert shown["refusal"]["code"] == "outside_hours"
    assert "Quyết định 12/QĐ-UBND" in shown["refusal"]["detail"]
    assert shown["lines"][0]["refused"] is True


def test_another_difference_by_now_comes_with_its_preview(cast: Cast, bulletin_at_five: Schedule) -> None:
    tool, change = program(cast), drop(cast, bulletin_at_five)
    token = tool.ask("post", "/changes/preview", {"change": change}).json()["token"]
    Schedule.objects.filter(pk=bulletin_at_five.pk).update(dropped=[to_ms(at(cast, 5, days=2))])
    answer = tool.ask("post", "/changes", {"change": change, "token": token})
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["code"] == "diff_changed"
    assert told["facts"]["preview"]["token"]
    assert not KeptChange.objects.exists()


def test_the_day_as_it_would_sound(cast: Cast, bulletin_at_five: Schedule) -> None:
    day = program(cast).ask("get", "/air-times", area=cast.quy_mong.path, day="2026-08-24").json()
    assert {group["group"] for group in day["groups"]} == {"Trung tâm", "Ven sông", "Thôn 4, thôn 5"}
    assert {tuple(row["title"] for row in group["sounds"]) for group in day["groups"]} == {("Bản tin sáng",)}
    assert day["groups"][0]["sounds"][0]["start"] == "2026-08-23T22:00:00Z"


class TestHowFarATokenReaches:
    def test_only_what_it_was_given(self, cast: Cast, bulletin_at_five: Schedule) -> None:
        reader = program(cast, cast.lan, "view")
        assert reader.ask("get", "/changes", area=cast.quy_mong.path).status_code == 200
        answer = reader.ask("post", "/changes/preview", {"change": drop(cast, bulletin_at_five)})
        assert (answer.status_code, answer.json()["code"]) == (403, "denied")

    def test_only_where_it_was_given(self, cast: Cast) -> None:
        narrow = program(cast, cast.minh_anh, "schedule.write", area=cast.tran_yen)
        assert narrow.ask("get", "/changes", area=cast.tran_yen.path).status_code == 200
        for path in (cast.quy_mong.path, cast.lao_cai.path):
            assert narrow.ask("get", "/changes", area=path).status_code == 404

    def test_never_more_than_its_owner_may(self, cast: Cast) -> None:
        from loa.kernel.errors import Denied, NotFound

        with pytest.raises(Denied):
            program(cast, cast.lan, "rules.write")
        with pytest.raises(NotFound):
            program(cast, cast.lan, "view", area=cast.tran_yen)

    def test_not_after_the_owner_has_lost_the_role(self, cast: Cast) -> None:
        tool = program(cast)
        cast.lan.grants.update(ends=cast.now - timedelta(minutes=1))
        assert tool.ask("get", "/changes", area=cast.quy_mong.path).status_code == 404

    @pytest.mark.parametrize("end", ["revoked", "expired", "closed"])
    def test_not_after_its_end(self, cast: Cast, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
        tool = program(cast)
        row = ApiToken.objects.get()
        if end == "revoked":
            revoke_token(actor=cast.lan, token_id=row.pk, now=cast.now)
        elif end == "expired":
            monkeypatch.setattr(clock, "now", lambda: row.expires)
        else:
            User.objects.filter(pk=cast.lan.pk).update(is_active=False)
        answer = tool.ask("get", "/changes", area=cast.quy_mong.path)
        assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")

    def test_its_secret_is_kept_nowhere(self, cast: Cast) -> None:
        secret = program(cast).secret
        row = ApiToken.objects.get()
        assert secret not in str(vars(row))
        assert len(secret) > 40


@pytest.mark.parametrize("secret", ["", "loa_x", "loa_" + "x" * 5000, "Bearer", "\u00e9"])
def test_no_other_token_opens(cast: Cast, secret: str) -> None:
    answer = Program(secret).ask("get", "/changes", area=cast.quy_mong.path)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_a_browser_writes_only_with_its_csrf_token(cast: Cast, bulletin_at_five: Schedule) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.lan)
    body = json.dumps({"change": drop(cast, bulletin_at_five)})
    assert browser.post("/api/v1/changes/preview", body, content_type="application/json").status_code in (401, 403)
    assert browser.get("/api/v1/changes", {"area": cast.quy_mong.path}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"change": {}}, {"change": {"kind": "nothing"}}, {"change": {"kind": "airing.drop"}}, {"change": 5}],
)
def test_nonsense_is_told_what_is_wrong(cast: Cast, body: object) -> None:
    answer = program(cast).ask("post", "/changes/preview", body)
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] in ("invalid", "change_malformed", "unreadable")


@pytest.mark.parametrize("sent", [{"change": "x"}, {}])
def test_a_form_is_not_what_it_reads(client: Client, cast: Cast, sent: dict[str, str]) -> None:
    client.force_login(cast.lan)
    for path in ("/changes/preview", "/changes", "/stop", "/resume"):
        answer = client.post(f"/api/v1{path}", sent)
        assert answer.status_code in (400, 415, 422)
        assert answer["Content-Type"] == "application/problem+json"


def test_the_description_knows_every_kind_and_needs_nothing_from_elsewhere(client: Client, cast: Cast) -> None:
    assert client.get("/api/v1/docs").status_code == 302
    client.force_login(cast.lan)
    parts = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    for kind in registry.KINDS:
        assert kind.__name__ in parts
    page = client.get("/api/v1/docs").content.decode()
    assert "ninja/swagger-ui-bundle.js" in page
    assert "//cdn" not in page
