"""The desk of Quy Mông, and the loudspeaker on its virtual pole."""

import sys

from loa.broadcasts.tests.changes.conftest import bulletin_at_five  # noqa: F401 - fixtures
from loa.broadcasts.tests.conftest import signer, station  # noqa: F401
from loa.broadcasts.tests.story.conftest import quy_mong_rules, ready  # noqa: F401
from tests.architecture.tree import ROOT

sys.path.insert(0, str(ROOT / "packages" / "speaker" / "tests" / "support"))
