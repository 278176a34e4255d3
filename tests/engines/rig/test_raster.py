from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.rig import raster
from engines.rig.raster import Raster

_QUAD = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def _draw(
    points: NDArray[np.float64],
    texels: NDArray[np.float64],
    texture: NDArray[np.uint32],
    size: int = 16,
    triangles: NDArray[np.int32] = _QUAD,
) -> NDArray[np.uint32]:
    canvas = np.zeros((size, size), np.uint32)
    Raster(size, size).draw(points, texels, triangles, texture, canvas, (0, 0, size, size))
    return canvas


def _square(x: float, y: float, side: float) -> NDArray[np.float64]:
    return np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]], np.float64)


def test_whole_pixel_places_are_copied_exactly(rng: np.random.Generator) -> None:
    texture = rng.integers(0, 2**32, (16, 16), dtype=np.uint32) | np.uint32(0xFF000000)
    assert (_draw(_square(0, 0, 16), _square(-0.5, -0.5, 16), texture) == texture).all()
    moved = _draw(_square(3, 2, 10), _square(-0.5, -0.5, 10), texture)
    assert (moved[2:12, 3:13] == texture[:10, :10]).all()
    assert not moved[:2].any()
    assert not moved[:, 13:].any()


def test_mirrored_places_are_copied_exactly(rng: np.random.Generator) -> None:
    texture = rng.integers(0, 2**32, (16, 16), dtype=np.uint32) | np.uint32(0xFF000000)
    points = _square(0, 0, 16)
    points[:, 0] = 16 - points[:, 0]
    assert (_draw(points, _square(-0.5, -0.5, 16), texture) == texture[:, ::-1]).all()


def test_half_way_between_pixels_is_their_mean() -> None:
    texture = np.tile(np.array([0xFF000000, 0xFF0000C8], np.uint32), (4, 2))
    out = _draw(_square(0, 0, 2), _square(0, -0.5, 2), texture)
    assert abs(int(out[0, 0] & 255) - 100) <= 1


def test_triangles_that_share_an_edge_leave_no_gap(rng: np.random.Generator) -> None:
    texture = np.full((4, 4), 0x40101010, np.uint32)
    for _ in range(50):
        middle = rng.uniform(3, 13, 2)
        points = np.concatenate([_square(-1, -1, 18), middle[None]])
        fan = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], np.int32)
        assert (_draw(points, np.ones((5, 2)), texture, triangles=fan) == 0x40101010).all()


def test_a_layer_lies_over_what_was_drawn_before() -> None:
    texture = np.zeros((8, 8), np.uint32)
    texture[:2, :2], texture[3:5, 3:5] = 0xFF0000C8, 0x80000040
    near = np.array([[0.0, 0.0], [1e-9, 0.0], [1e-9, 1e-9], [0.0, 1e-9]])
    canvas, raster_ = np.zeros((16, 16), np.uint32), Raster(16, 16)
    for place in (0, 3):
        raster_.draw(_square(0, 0, 16), near + float(place), _QUAD, texture, canvas, (0, 0, 16, 16))
    assert (canvas >> 24 == 255).all()
    assert abs(int(canvas[5, 5] & 255) - (0x40 + 200 * 127 // 255)) <= 2


def test_within_a_layer_the_nearer_triangle_hides_the_farther() -> None:
    texture = np.zeros((8, 8), np.uint32)
    texture[:2, :2], texture[3:5, 3:5] = 0xFF0000C8, 0x80000040
    near = np.array([[0.0, 0.0], [1e-9, 0.0], [1e-9, 1e-9], [0.0, 1e-9]])
    points = np.concatenate([_square(0, 0, 16), _square(4, 4, 4)])
    out = _draw(
        points, np.concatenate([near, near + 3]), texture, triangles=np.concatenate([_QUAD, _QUAD + 4])
    )
    assert out[5, 5] == 0x80000040
    assert out[1, 1] == 0xFF0000C8


def test_a_frame_leaves_nothing_for_the_next() -> None:
    texture = np.full((4, 4), 0xFFFFFFFF, np.uint32)
    raster_ = Raster(16, 16)
    raster_.draw(
        _square(0, 0, 16), np.ones((4, 2)), _QUAD, texture, np.zeros((16, 16), np.uint32), (0, 0, 16, 16)
    )
    canvas = np.zeros((16, 16), np.uint32)
    raster_.draw(_square(2, 2, 3), np.ones((4, 2)), _QUAD, texture, canvas, (0, 0, 16, 16))
    assert int((canvas != 0).sum()) == 9


def test_places_outside_the_texture_repeat_its_edge() -> None:
    texture = np.full((4, 4), 0xFF202020, np.uint32)
    texture[:, -1] = 0xFF909090
    out = _draw(_square(0, 0, 16), _square(40, -30, 16), texture)
    assert (np.abs((out & 255).astype(int) - 0x90) <= 1).all()


def test_nothing_is_drawn_outside_the_bounds() -> None:
    canvas = np.zeros((16, 16), np.uint32)
    texture = np.full((4, 4), 0xFFFFFFFF, np.uint32)
    Raster(16, 16).draw(_square(-50, -50, 200), np.ones((4, 2)), _QUAD, texture, canvas, (4, 5, 9, 7))
    assert canvas[5:7, 4:9].all()
    canvas[5:7, 4:9] = 0
    assert not canvas.any()


def test_flat_triangles_draw_nothing() -> None:
    points = np.array([[1.0, 1.0], [9.0, 9.0], [5.0, 5.0], [3.0, 3.0]])
    assert not _draw(points, np.ones((4, 2)), np.full((4, 4), 0xFFFFFFFF, np.uint32)).any()


def test_a_kernel_compiles_where_no_cache_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    real = numba.njit

    def no_cache(*args: object, **options: object) -> object:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(*args, **options)

    monkeypatch.setattr(numba, "njit", no_cache)

    @raster.compiled("int64(int64)")
    def add_one(x: int) -> int:
        return x + 1

    assert add_one(2) == 3
