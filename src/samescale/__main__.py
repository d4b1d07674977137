"""`python -m samescale` is `samescale`."""

import sys

from samescale.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
