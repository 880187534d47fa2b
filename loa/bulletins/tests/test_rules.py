"""The pure decisions."""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loa.bulletins import diff, rules
from loa.bulletins.rules import Content, Draft

STEPS = ("save", "submit", "recall", "approve", "return", "withdraw")
STATES = ("draft", "submitted", "approved", "returned", "withdrawn")
CONTENT = Content("Tên", "Chữ", "chữ", "0" * 64, "policy", "normal", "vi", None, None, readings=1)


@pytest.mark.parametrize("name", STEPS)
def test_nothing_leads_out_of_withdrawn(name: str) -> None:
    with pytest.raises(rules.Refused) as refused:
        rules.step("withdrawn", name)
    assert refused.value.code == "wrong_state"
    assert "thu hồi" in refused.value.message


def test_only_what_was_submitted_is_ever_approved() -> None:
    into = {(state, name) for (state, name), after in rules.STEPS.items() if after == "approved"}
    assert into == {("submitted", "approve"), ("approved", "approve"), ("approved", "save")}


def test_every_refusal_has_its_sentence() -> None:
    for state in STATES:
        for name in STEPS:
            if (state, name) not in rules.STEPS:
                with pytest.raises(rules.Refused):
                    rules.step(state, name)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Tên khác"}, {"text": "Chữ "}, {"spoken": "Chữ"}, {"sound": "1" * 64}, {"category": "society"},
        {"priority": "priority"}, {"language": "tyz"}, {"valid_from": date(2026, 8, 20)},
        {"valid_to": date(2026, 8, 20)}, {"readings": 2}, {"readings": 3}, {"link": "1" * 64},
    ],
)  # fmt: skip
def test_the_hash_covers_every_part_of_the_content(changed: dict[str, Any]) -> None:
    plain = {name: getattr(CONTENT, name) for name in Content.__dataclass_fields__}
    assert rules.content_hash(Content(**plain)) == rules.content_hash(CONTENT)
    assert rules.content_hash(Content(**plain | changed)) != rules.content_hash(CONTENT)


def test_the_hash_is_that_of_a_text_anybody_can_write_down() -> None:
    canonical = (
        '{"category":"policy","language":"vi","priority":"normal","read_twice":false,"sound":"' + "0" * 64 + '",'
        '"spoken":"chữ","text":"Chữ","title":"Tên","valid_from":"2026-08-20","valid_to":null}'
    )
    dated = replace(CONTENT, valid_from=date(2026, 8, 20))
    assert rules.content_hash(dated) == hashlib.sha256(canonical.encode()).hexdigest()


@settings(deadline=None)
@given(st.text(alphabet="ab \n", max_size=60), st.text(alphabet="ab \n", max_size=60))
def test_the_difference_gives_back_both_texts(old: str, new: str) -> None:
    pieces = diff.words(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new


FRIDAY = date(2026, 8, 21)


@pytest.mark.parametrize(
    "draft",
    [
        Draft(),
        Draft(priority="priority", language="tyz"),
        Draft(valid_from=FRIDAY, valid_to=FRIDAY),
        Draft(valid_from=FRIDAY),
        Draft(valid_to=FRIDAY),
        Draft(title="a" * 200, text="a" * 30_000, spoken="a" * 120_000),
    ],
)
def test_a_draft_may_be_unfinished(draft: Draft) -> None:
    rules.check_draft(draft)


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (Draft(priority="emergency"), "emergency_is_no_bulletin"),
        (Draft(priority="urgent"), "priority"),
        (Draft(language="en"), "language"),
        (Draft(valid_from=date(2026, 8, 22), valid_to=FRIDAY), "days"),
        (Draft(title="a" * 201), "too_long"),
        (Draft(text="a" * 30_001), "too_long"),
        (Draft(spoken="a" * 120_001), "too_long"),
    ],
)
def test_what_not_even_a_draft_can_hold(draft: Draft, code: str) -> None:
    with pytest.raises(rules.Refused) as refused:
        rules.check_draft(draft)
    assert refused.value.code == code


LAN, MAI, THANH, PHUC = 1, 2, 3, 4


def test_nobody_approves_what_they_wrote_nor_in_the_place_of_one_who_did() -> None:
    rules.check_approver(THANH, None, {LAN, MAI})
    rules.check_approver(PHUC, THANH, {LAN, MAI})
    for approver, on_behalf_of in ((LAN, None), (LAN, THANH), (PHUC, LAN)):
        with pytest.raises(rules.Refused) as refused:
            rules.check_approver(approver, on_behalf_of, {LAN, MAI})
        assert refused.value.code == "own_bulletin"


def test_what_is_approved_is_what_was_on_the_screen() -> None:
    rules.check_seen("a", "a")
    with pytest.raises(rules.Refused) as refused:
        rules.check_seen("a", "b")
    assert refused.value.code == "changed"


def test_a_reason_is_given_and_not_a_novel() -> None:
    assert rules.check_reason("  Sai ngày giờ \n") == "Sai ngày giờ"
    assert rules.check_reason("a" * 500) == "a" * 500
    for reason, code in ((" \n ", "reason_missing"), ("a" * 501, "too_long")):
        with pytest.raises(rules.Refused) as refused:
            rules.check_reason(reason)
        assert refused.value.code == code


def test_nine_tenths_count_as_heard() -> None:
    assert rules.heard_enough(54_000, 60_000)
    assert not rules.heard_enough(53_999, 60_000)
