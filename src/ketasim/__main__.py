"""`python -m ketasim` is the command `ketasim`."""

import sys

from ketasim.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
