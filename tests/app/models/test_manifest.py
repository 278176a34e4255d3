"""What assets/models.toml says is whole, and says only what somebody states."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from app.errors import UnknownNameError
from app.models.families import FAMILIES
from app.models.manifest import find_published, published
from engines.fomm.config import CONFIGS


@pytest.mark.parametrize("model", published(), ids=lambda model: model.name)
def test_an_entry_is_whole(model):
    assert model.family in FAMILIES
    assert model.configuration in CONFIGS
    assert model.configuration == f"{model.name}-256"
    assert re.fullmatch(r"[a-z-]+\.pth\.tar", model.file)
    assert model.title
    assert model.note.endswith(".")
    assert model.licence.endswith(".")
    for address in (model.page, model.other_page, model.address):
        assert urlsplit(address).scheme == "https"
    assert model.address.endswith(f"/{model.file}")
    assert model.source
    assert all(re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{64}", each) for each in model.checksums.values())


def test_all_published_configurations_are_offered_once():
    assert sorted(model.configuration for model in published()) == sorted(CONFIGS)


def test_only_the_checksum_somebody_states_is_there():
    known = {model.name: model.checksums for model in published() if model.checksums}
    assert known == {"vox-adv": {"md5": "8a45a24037871c045fbb8a6a8aa95ebc"}}
    assert [model.size >> 20 for model in published() if model.size] == [228]


@pytest.mark.parametrize(
    "name", ["vox-adv", " VOX-ADV ", "vox-adv-cpk", "vox-adv-cpk.pth.tar", "vox-adv-256"]
)
def test_a_model_is_found_by_all_its_names(name):
    assert find_published(name).name == "vox-adv"


def test_a_name_that_is_none_lists_them_all():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'taichi'.+vox-adv, vox, taichi-adv"):
        find_published("taihci")
