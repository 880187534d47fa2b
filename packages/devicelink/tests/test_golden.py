"""The golden files are current, and our own code gives every verdict in them."""

import pytest
from devicelink.golden import files
from devicelink.golden.case import (
    FrameCase,
    HeardCase,
    MessageCase,
    PermitCase,
    ProofCase,
    SelfTestCase,
    TokenCase,
    judge_frame,
    judge_heard,
    judge_message,
    judge_permit,
    judge_proof,
    judge_selftest,
    judge_token,
    verify,
)
from devicelink.golden.messages import FILES
from devicelink.refusals import Reason

MESSAGES = [(name, case) for name in FILES for case in files.load(name, MessageCase)]
PROOFS = files.load("proofs", ProofCase)
SELF_TESTS = files.load("selftests", SelfTestCase)
FRAMES = files.load("frames", FrameCase)
HEARD = files.load("heard", HeardCase)
TOKENS = files.load("tokens", TokenCase)
PERMITS = files.load("permits", PermitCase)

# reasons of a device that decides what sounds, not of a message that arrives: see the golden files of airtime
OF_PLAYING = {
    *("missing_file", "outside_hours", "held", "stale_offline", "preempted", "no_room", "clock_stepped"),
    *("stopped", "interrupted", "was_off", "no_card", "no_relay"),
}


def test_the_files_are_current() -> None:
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in files.FOLDER.glob("*.json")}
    assert on_disk == files.contents(), "run: python -m devicelink.golden"


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{name}: {case.name}") for name, case in MESSAGES])
def test_messages(case: MessageCase) -> None:
    assert judge_message(case) == case.verdict


def test_what_has_to_be_stored_is_in_the_files() -> None:
    for _, case in MESSAGES:
        if case.mark is not None:
            assert verify(case).mark == case.mark
        assert bool(case.slot or case.event) == (case.verdict in ("ok", "repeat") and case.nonce is None)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in PROOFS])
def test_proofs(case: ProofCase) -> None:
    assert judge_proof(case) == (case.verdict, case.new, case.gap)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in SELF_TESTS])
def test_self_tests(case: SelfTestCase) -> None:
    assert judge_selftest(case) == case.verdict


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in FRAMES])
def test_frames(case: FrameCase) -> None:
    assert judge_frame(case) == case


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in HEARD])
def test_reports(case: HeardCase) -> None:
    assert judge_heard(case) == case.verdict


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in TOKENS])
def test_tokens(case: TokenCase) -> None:
    assert judge_token(case) == case.verdict


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in PERMITS])
def test_permits(case: PermitCase) -> None:
    assert judge_permit(case) == case.verdict


def test_every_reason_is_tried_and_every_name_is_used_once() -> None:
    verdicts = {f"{name}: {case.name}": case.verdict for name, case in MESSAGES}
    verdicts |= {f"proofs: {case.name}": case.verdict for case in PROOFS}
    verdicts |= {f"selftests: {case.name}": case.verdict for case in SELF_TESTS}
    verdicts |= {f"frames: {case.name}": case.verdict for case in FRAMES}
    verdicts |= {f"heard: {case.name}": case.verdict for case in HEARD}
    verdicts |= {f"tokens: {case.name}": case.verdict for case in TOKENS}
    verdicts |= {f"permits: {case.name}": case.verdict for case in PERMITS}
    assert len(verdicts) == sum(len(cases) for cases in (MESSAGES, PROOFS, SELF_TESTS, FRAMES, HEARD, TOKENS, PERMITS))
    assert set(verdicts.values()) - {"ok", "repeat"} == {str(reason) for reason in Reason} - OF_PLAYING
    misuse = sum(verdict not in ("ok", "repeat") for verdict in verdicts.values())
    print(f"{len(verdicts)} golden cases, {misuse} of them misuse")
    assert misuse >= 250
