"""Draw everything again: `python -m assets.draw [NAME ...]`; names are the modules that draw, `icons` among them."""

from __future__ import annotations

import importlib
import sys

from assets.draw.build import write

AVATARS = ("anime", "portrait", "fox", "engraving", "robot", "arctic", "print")


def main(names: list[str]) -> None:
    """Draw the named avatars and icons, or all."""
    for name in names or [*AVATARS, "icons"]:
        module = importlib.import_module(f"assets.draw.{name}")
        if name == "icons":
            module.write()
        else:
            write(module.draw())


if __name__ == "__main__":
    main(sys.argv[1:])
