"""Replayed, reordered, without time, place or keys: what a hostile network makes of good alerts."""

from pathlib import Path

import pytest
import speaker_village as village
from devicelink.messages import Where
from speaker_alerts import WARNING, alert, cancel, target
from speaker_hostile import acks, agent_in, both, close, hear, is_quiet
from speaker_platform import now_ms
from speaker_village import MINUTE, signed


def test_replayed_it_is_acknowledged_again_and_not_sounded_again(tmp_path: Path) -> None:
    agent = agent_in(tmp_path)
    token = signed(alert(agent.clock.now()))
    assert hear(agent, token) == {}
    cry = agent.player.horn.cry
    assert [hear(agent, token) for _ in range(5)] == [{"duplicate": 1}] * 5
    assert agent.player.horn.cry is cry
    assert acks(agent) == [("alert:al-1", "ok")] * 6
    close(agent)


@pytest.mark.parametrize("kind", ["cancel", "update"])
def test_reordered_what_ended_before_it_came_stays_silent(tmp_path: Path, kind: str) -> None:
    agent = agent_in(tmp_path)
    now = agent.clock.now()
    if kind == "cancel":
        hear(agent, signed(cancel(now)))
    else:
        elsewhere = target(WARNING, where=Where(devices=("spk-quymong-01",)))
        hear(agent, signed(alert(now, "al-2", kind="update", references=("al-1",), targets=(elsewhere,))))
    assert hear(agent, signed(alert(now))) == {"duplicate": 1}
    assert is_quiet(agent)
    close(agent)


@pytest.mark.parametrize("status", ["exercise", "test"])
def test_one_persons_word_takes_back_nothing_that_took_two(tmp_path: Path, status: str) -> None:
    agent = agent_in(tmp_path)
    now = agent.clock.now()
    assert hear(agent, signed(cancel(now, status=status))) == {}
    assert hear(agent, signed(alert(now))) == {}
    assert agent.alerts.playing == "alert:al-1"
    assert hear(agent, signed(cancel(now, id="ca-2", status=status))) == {}
    assert agent.alerts.playing == "alert:al-1"
    close(agent)


@pytest.mark.parametrize(
    ("missing", "code"), [("time", "no_valid_time"), ("place", "no_placement"), ("keyset", "unknown_key")]
)
def test_without_time_place_or_keys_nothing_is_obeyed(tmp_path: Path, missing: str, code: str) -> None:
    """Without valid time a replay would be obeyed too."""
    agent = agent_in(tmp_path, **{missing: False})
    now = now_ms()
    for message in both(now):
        assert hear(agent, signed(message)) == {code: 1}
    assert is_quiet(agent)
    close(agent)


def test_a_key_that_is_revoked_takes_its_alert_with_it(tmp_path: Path) -> None:
    agent = agent_in(tmp_path)
    hear(agent, signed(alert(agent.clock.now(), repeat=MINUTE)))
    assert agent.alerts.playing
    newer = village.keyset(agent.clock.now(), without=("alert-1",))
    agent.papers.take(signed(newer), type(newer))
    agent.apply()
    assert is_quiet(agent)
    close(agent)
