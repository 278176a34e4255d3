"""A build on trial: its pictures beside the reference's, and its speed."""

from __future__ import annotations

from engines.building.trial import frames_per_second, taken
from engines.runners.base import Runner
from engines.runners.compare import Comparison, compare
from engines.tha.made import made_character, made_poses
from engines.tha.network import pose_input
from engines.tha.reference import Reference
from engines.weights.model import Model

_PROBES = 4


def examine(model: Model, prepare: Runner, step: Runner) -> tuple[Comparison, float]:
    """Return how near two loaded graphs are to the published formulation, and how many frames a second step makes.

    The character and its poses are drawn: no picture of the user's is needed, and every machine compares the same.
    """
    picture, poses = made_character(prepare.inputs[0].shape[0]), made_poses(_PROBES)
    reference = Reference(model, picture)
    step.bind(taken(step, prepare.run({"picture": picture})))
    wanted = [{"picture": reference.picture(reference.forward(pose))} for pose in poses]
    given = [step.run({"pose": pose_input(step, pose)}) for pose in poses]
    return compare(wanted, given), frames_per_second(step, {"pose": pose_input(step, poses[-1])})
