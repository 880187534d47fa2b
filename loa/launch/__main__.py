"""`python -m loa.launch` is `loa`."""

import sys

from loa.launch.cli import main

if __name__ == "__main__":
    sys.exit(main())
