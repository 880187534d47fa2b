"""`python -m speaker`."""

import sys

from speaker.cli import main

sys.exit(main())
