"""Float32 that is float32: PyTorch rounds it to 10 bits (TF32) for the convolutions of NVIDIA's cards since Ampere.

Where a graph says float32 it means it: 10 bits are too few for coordinates, and what is built is judged by how near it
comes to the reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch

_lock = Lock()
_inside = 0
_before = (False, False)


@contextmanager
def full_float32() -> Iterator[None]:
    """Keep PyTorch from TF32. The switches are the process's: the last thread to leave puts them back."""
    global _inside, _before
    with _lock:
        if not _inside:
            _before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
            _allow(False, False)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _allow(*_before)


def _allow(convolutions: bool, products: bool) -> None:
    torch.backends.cudnn.allow_tf32 = convolutions
    torch.backends.cuda.matmul.allow_tf32 = products
