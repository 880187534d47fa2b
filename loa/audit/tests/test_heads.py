"""What somebody gains who deletes or cuts the files of the heads: nothing, since the chain tells of it."""

from datetime import timedelta
from typing import Any

import pytest

from loa.audit import actions, queries
from loa.audit.heads import HeadLog
from loa.audit.management.commands.audit import told
from loa.audit.models import Entry
from loa.audit.tests import test_verify
from loa.audit.tests.test_verify import NOW, cut, findings, forge, round_of, superuser, write

log, kept = test_verify.log, test_verify.kept


def lose(log: HeadLog) -> None:
    """Somebody cuts the record and takes away the files that would tell, the key too."""
    cut(15)
    for file in (log.path, log.newest, log.path.with_name("key")):
        file.unlink()


def test_heads_that_were_taken_away_with_their_key_are_told_by_the_chain(kept: HeadLog, settings: Any) -> None:
    lose(kept)
    for minute in (21, 22):
        write(5)
        round_of(kept, settings, NOW + timedelta(minutes=minute))
    found = queries.verify(now=NOW).findings
    assert [(finding.code, finding.seq) for finding in found] == [("heads_begun_again", 14)]
    assert "lúc 17:11:00 ngày 20/08/2026, khi chuỗi đã có 14 mắt xích" in told(found[0])
    begun = Entry.objects.get(verb=queries.LOG_BEGUN)
    superuser("delete from audit_entry where id = %s", begun.pk)
    assert {finding.code for finding in queries.verify(now=NOW).findings} == {"entry_removed"}
    forge()
    assert "head_differs" in {finding.code for finding in queries.verify(now=NOW).findings}


@pytest.mark.parametrize("keep_lines", [0, 1])
def test_nor_is_it_enough_to_cut_the_log_and_to_take_the_newest_head_away(
    kept: HeadLog, settings: Any, keep_lines: int
) -> None:
    round_of(kept, settings, NOW + timedelta(minutes=70))
    cut(15)
    lines = kept.path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    kept.path.write_bytes(b"".join(lines[:keep_lines]))
    kept.newest.unlink()
    round_of(kept, settings, NOW + timedelta(minutes=71))
    assert findings(kept) == {("heads_begun_again", 14)}


def test_heads_that_were_lost_with_a_disk_are_excused_by_a_note(kept: HeadLog, settings: Any) -> None:
    lose(kept)
    round_of(kept, settings, NOW + timedelta(minutes=21))
    actions.note_restore(note="Phạm Quốc Bảo, hỏng đĩa", now=NOW + timedelta(minutes=30))
    round_of(kept, settings, NOW + timedelta(minutes=31))
    assert queries.verify(now=NOW).sound
    for file in (kept.path, kept.newest):
        file.unlink()
    round_of(kept, settings, NOW + timedelta(minutes=40))
    assert not queries.verify(now=NOW).sound


def test_a_chain_that_begins_with_its_heads_has_nothing_to_tell(kept: HeadLog) -> None:
    assert not Entry.objects.filter(verb=queries.LOG_BEGUN).exists()
