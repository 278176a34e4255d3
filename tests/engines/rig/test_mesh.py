from __future__ import annotations

import numpy as np
import pytest

from engines.base import Controls
from engines.rig.mesh import PuppetMesh
from engines.rig.retarget import Retarget
from tests.fakes.faces import made_face
from tests.fakes.sitter import made_avatar


@pytest.mark.parametrize("yaw_deg", [0.0, 35.0, -60.0])
def test_nothing_moves_at_the_neutral(yaw_deg: float) -> None:
    avatar = made_avatar(yaw_deg=yaw_deg)
    mesh = PuppetMesh(avatar)
    placed = mesh.place(Retarget(avatar)(made_face(), made_face(), Controls()))
    assert np.abs(placed - mesh.points).max() < 1e-3


def test_the_mesh_covers_the_picture_and_its_margin() -> None:
    avatar = made_avatar((300, 120), share=0.4, shift=(-90, 20))
    points = PuppetMesh(avatar).points
    assert (points.min(axis=0) < 0).all()
    assert (points.max(axis=0) > avatar.size).all()


def test_hair_follows_the_head_and_shoulders_lag_behind() -> None:
    avatar = made_avatar()
    mesh = PuppetMesh(avatar)
    moved = mesh.place(Retarget(avatar)(made_face(shift=(24, 0)), made_face(), Controls())) - mesh.points
    middle = avatar.landmarks[4, :2]
    rings = mesh.points[478:]
    hair = np.linalg.norm(rings - (middle - np.array([0, 60])), axis=1).argmin()
    shoulder = np.linalg.norm(rings - (middle + np.array([45, 85])), axis=1).argmin()
    head = moved[4, 0]
    assert moved[478 + hair, 0] == pytest.approx(head, rel=0.15)
    assert 0 <= moved[478 + shoulder, 0] < 0.5 * head


def test_a_border_that_cuts_the_person_off_is_never_left() -> None:
    avatar = made_avatar()
    mesh = PuppetMesh(avatar)
    raised = mesh.place(Retarget(avatar)(made_face(shift=(0, -150)), made_face(), Controls()))
    beyond = mesh.points[478:, 1] >= avatar.size[1]
    inside = (mesh.points[478:, 0] > 60) & (mesh.points[478:, 0] < 100)
    assert (raised[478:][beyond & inside, 1] >= avatar.size[1] - 1e-6).all()


def test_a_turned_head_does_not_get_narrower() -> None:
    avatar = made_avatar()
    mesh = PuppetMesh(avatar)
    placed = mesh.place(Retarget(avatar)(made_face(yaw_deg=25), made_face(), Controls()))
    ring = slice(478 + 6 * 72, 478 + 7 * 72)
    assert np.ptp(placed[ring, 0]) > 0.93 * np.ptp(mesh.points[ring, 0])


def test_any_turn_keeps_the_rings_finite_and_in_order() -> None:
    avatar = made_avatar()
    mesh, retarget = PuppetMesh(avatar), Retarget(avatar)
    for yaw in (-80, -30, 30, 80):
        placed = mesh.place(retarget(made_face(yaw_deg=yaw), made_face(), Controls(head=2)))
        assert np.isfinite(placed).all()
        a, b, c = (placed[mesh.rings[:, k]] for k in range(3))
        area = (b - a)[:, 0] * (c - a)[:, 1] - (c - a)[:, 0] * (b - a)[:, 1]
        assert (np.sign(area) == np.sign(np.median(area))).mean() > 0.97
