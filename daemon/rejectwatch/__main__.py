"""`python -m rejectwatch` is the same as `rejectwatch`."""

import sys

from rejectwatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
