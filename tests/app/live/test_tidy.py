import sys

import numpy as np
import pytest

from app.cli.memory import resident_mb
from app.live.tidy import give_memory_back


def test_can_be_called_anywhere():
    give_memory_back()
    give_memory_back()


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps what was freed")
def test_freed_pieces_go_back_to_the_system():
    pieces = [np.ones(8_000, np.uint8) for _ in range(20_000)]  # small enough that the C library keeps them
    kept = pieces[::1000]
    before = resident_mb()
    del pieces
    give_memory_back()
    assert resident_mb() < before - 100
    assert len(kept) == 20
