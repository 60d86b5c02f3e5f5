"""tools/ is a folder of the checkout, not a part of the installed package."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

if str(ROOT) not in sys.path:  # `python -m pytest` has put it there already, `pytest` has not
    sys.path.insert(0, str(ROOT))
