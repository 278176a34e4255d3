"""Draw everything again: `python -m assets.draw [NAME ...]`."""

from __future__ import annotations

import importlib
import sys

from assets.draw.build import write

AVATARS = ("anime", "portrait", "fox", "engraving", "robot")


def main(names: list[str]) -> None:
    """Draw the named modules' avatars, or all."""
    for name in names or AVATARS:
        write(importlib.import_module(f"assets.draw.{name}").draw())


if __name__ == "__main__":
    main(sys.argv[1:])
