"""How near a graph's outputs are to the reference's: one measure for tests and for builds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.runners.base import Arrays

EQUAL_DB = 120.0
"""What stands for infinity: no two pictures of bytes that differ at all come near it."""


@dataclass(frozen=True)
class Comparison:
    """What was found over all probes.

    Attributes:
        largest: largest absolute difference of each output, in its own units; bytes for pictures.
        psnr_db: of the pictures, over all probes together; EQUAL_DB where every byte is equal.
        probes: how many there were.
    """

    largest: Mapping[str, float]
    psnr_db: float
    probes: int

    @property
    def facts(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"largest": dict(self.largest), "psnr_db": self.psnr_db, "probes": self.probes}

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Comparison:
        """Read back what `facts` gave.

        Raises:
            KeyError: something is missing.
        """
        largest = {name: float(value) for name, value in facts["largest"].items()}
        return cls(largest, float(facts["psnr_db"]), int(facts["probes"]))


def compare(reference: Sequence[Arrays], candidate: Sequence[Arrays], picture: str = "picture") -> Comparison:
    """Compare outputs, probe by probe. Outputs that the reference does not have are passed over.

    Args:
        reference: the outputs by name, for each probe.
        candidate: the same of what is judged.
        picture: the output whose PSNR is wanted: bytes.

    Raises:
        ValueError: there are no probes, their numbers differ, an output is missing or has another shape.
    """
    if not reference or len(reference) != len(candidate):
        raise ValueError(f"{len(reference)} probes cannot be compared with {len(candidate)}")
    largest = dict.fromkeys(reference[0], 0.0)
    errors: list[float] = []
    for wanted, given in zip(reference, candidate, strict=True):
        for name, array in wanted.items():
            difference = _difference(name, array, given)
            # A number that is none is as far off as can be, not equal.
            largest[name] = max(largest[name], float(np.nan_to_num(difference, nan=np.inf).max()))
            if name == picture:
                errors.append(float(np.mean(difference**2)))
    return Comparison(largest, _psnr_db(errors), len(reference))


def _difference(name: str, array: NDArray[Any], given: Arrays) -> NDArray[np.float64]:
    if name not in given or given[name].shape != array.shape:
        there = given[name].shape if name in given else "missing"
        raise ValueError(f"the output '{name}' should have the shape {array.shape}; it is {there}")
    with np.errstate(invalid="ignore"):  # two infinities
        difference: NDArray[np.float64] = np.abs(array.astype(np.float64) - given[name].astype(np.float64))
    return difference


def _psnr_db(errors: Sequence[float]) -> float:
    mean = float(np.mean(errors)) if errors else 0.0
    return EQUAL_DB if mean == 0 else min(EQUAL_DB, float(10 * np.log10(255**2 / mean)))
