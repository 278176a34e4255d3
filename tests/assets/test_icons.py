from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.paths import assets
from assets.draw.icons import SIZES, drawing, raster


@pytest.mark.parametrize("size", SIZES)
def test_icons_are_what_the_script_draws(size: int) -> None:
    with Image.open(assets() / "icons" / f"guise-{size}.png") as image:
        shipped = np.array(image).astype(int)

    assert shipped.shape == (size, size, 4)
    assert np.abs(shipped - raster(size)).mean() < 2
    assert shipped[0, 0, 3] == 0
    assert shipped[size // 2, size // 2, 3] == 255


def test_the_windows_icon_holds_every_size() -> None:
    with Image.open(assets() / "icons" / "guise.ico") as image:
        assert image.info["sizes"] == {(size, size) for size in SIZES if size <= 256}


def test_small_sizes_leave_the_strings_out() -> None:
    assert "stroke-linecap" in drawing()
    assert "stroke-linecap" not in drawing(small=True)
    assert (assets() / "icons" / "guise.svg").read_text(encoding="utf-8") == drawing()
