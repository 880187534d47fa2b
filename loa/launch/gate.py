"""Pages and gateway load while the data are prepared (seconds of importing), and begin when the gate opens.

`python -m loa.launch.gate` is the gateway that waits; the pages wait in pages.py.
"""

import os
import time
from pathlib import Path

VARIABLE = "LOA_GATE"
STEP_S = 0.02


def close(file: Path) -> None:
    """From now on whoever comes waits."""
    file.unlink(missing_ok=True)


def open_up(file: Path) -> None:
    """The data are there."""
    file.touch()


def wait() -> None:
    """Until the gate is open; at once when nobody named one."""
    name = os.environ.get(VARIABLE, "")
    while name and not Path(name).exists():
        time.sleep(STEP_S)


def main() -> None:
    """The gateway."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
    import django

    django.setup()
    from loa.gateway import app

    wait()
    app.main()


if __name__ == "__main__":
    main()
