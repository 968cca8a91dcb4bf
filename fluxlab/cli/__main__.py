"""``python -m fluxlab.cli``."""

import sys

from fluxlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
