"""Each avatar has a folder of its own, whose name is the avatar's id."""

from __future__ import annotations

import logging
import re
import secrets
import unicodedata
from pathlib import Path

logger = logging.getLogger(__name__)


def visible_folders(parent: Path) -> list[Path]:
    """Return the visible folders in a folder by name; none where it cannot be read."""
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir() and path.name[:1] not in "._")
    except FileNotFoundError:
        return []
    except OSError as error:
        logger.warning("the avatars in %s cannot be read (%s)", parent, error.strerror)
        return []


def new_id(name: str) -> str:
    """Return an id no other avatar has: readable, and safe as a folder's name on every system."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-")
    return f"{slug or 'avatar'}-{secrets.token_hex(3)}"
