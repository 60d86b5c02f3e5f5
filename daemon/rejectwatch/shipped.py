"""Find the folders that come with rejectwatch, in an installed wheel and in a checkout."""

from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent.parent  # the package lies in daemon/


def shipped(name: Literal["migrations", "grafana", "systemd"]) -> Path:
    """The wheel carries the folder inside the package; in a checkout it is a folder at the top."""
    places = [PACKAGE / name]
    if (CHECKOUT / "pyproject.toml").is_file():
        places.append(CHECKOUT / name)
    for place in places:
        if place.is_dir():
            return place
    looked = " and ".join(str(place) for place in places)
    raise FileNotFoundError(f"{name}/ is missing from this installation of rejectwatch (looked for {looked})")
