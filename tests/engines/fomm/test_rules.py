"""The rules rebuild the weights and pictures the vectors were recorded with, bit for bit."""

from __future__ import annotations

import hashlib

import pytest

from tests.engines.fomm.rules import checksum, picture, rule_state, vectors_config


@pytest.mark.parametrize("network", ["generator", "kp_detector", "discriminator"])
def test_weights_have_the_recorded_checksums(network: str) -> None:
    recorded = vectors_config()["weights"][network]

    state = rule_state(network)

    assert len(state) == recorded["tensors"]
    assert checksum(state) == recorded["sha256"]


@pytest.mark.parametrize("name", ["source", "driving[0]", "driving[1]", "driving[2]"])
def test_pictures_have_the_recorded_checksums(name: str) -> None:
    recorded = vectors_config()["inputs"][name]

    drawn = picture(*recorded["picture"])

    assert hashlib.sha256(drawn.tobytes()).hexdigest() == recorded["sha256"]
