"""Published models: what assets/models.toml says of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.errors import UnknownNameError
from app.paths import assets

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "models.toml"


@dataclass(frozen=True)
class Published:
    """A model somebody offers.

    Attributes:
        name: as the command line says it.
        title: for the user.
        note: one sentence on what it was made for.
        family: whose networks it has.
        configuration: which of the family's.
        file: what the file is called.
        page: where its authors offer it; to be opened in a browser.
        other_page: the same elsewhere; empty where there is none.
        licence: as its authors state it.
        address: of a copy that can be fetched directly; empty where there is none.
        source: who offers that copy.
        mebibytes: of the file at that address; 0 where not stated.
        md5: of the file at that address; empty where not stated.
        sha256: of the file at that address; empty where not stated.
        folder: `file` is a folder, in an archive that has to be unpacked.
        avatar: it is no model but a character's folder, to be added as an avatar.
    """

    name: str
    title: str
    note: str
    family: str
    configuration: str
    file: str
    page: str
    licence: str
    other_page: str = ""
    address: str = ""
    source: str = ""
    mebibytes: int = 0
    md5: str = ""
    sha256: str = ""
    folder: bool = False
    avatar: bool = False

    @property
    def checksums(self) -> dict[str, str]:
        """What the file at the address must have, by hashlib's names."""
        return {name: value for name, value in (("md5", self.md5), ("sha256", self.sha256)) if value}

    @property
    def size(self) -> int:
        """Bytes of the file at the address, rounded; 0 where not stated."""
        return self.mebibytes << 20


@cache
def published() -> tuple[Published, ...]:
    """Return all published models, the best first choice first."""
    stored = tomllib.loads((assets() / FILE).read_text(encoding="utf-8"))
    return tuple(Published(**stored["family"][entry["family"]] | entry) for entry in stored["model"])


def find_published(name: str) -> Published:
    """Return the model of that name; its file's name and its configuration's are understood too.

    Raises:
        UnknownNameError: there is none.
    """
    wanted = name.strip().casefold()
    for each in published():
        if wanted in (each.name, each.file, each.file.partition(".")[0], each.configuration):
            return each
    raise UnknownNameError("published model", name, [each.name for each in published()])


def match(file_name: str, configuration: str, checksums: Mapping[str, str]) -> Published | None:
    """Return the published model a file is: by its checksum, or else by its name and what is inside.

    Args:
        file_name: of the file.
        configuration: that was recognised in it.
        checksums: of the file, by hashlib's names.
    """
    for each in published():
        if any(checksums.get(name) == value for name, value in each.checksums.items()):
            return each
    for each in published():
        if (file_name.casefold(), configuration) == (each.file, each.configuration):
            return each
    return None
