"""What assets/models.toml says is whole, and says only what somebody states."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from app.errors import UnknownNameError
from app.models.errors import DownloadError
from app.models.families import FAMILIES
from app.models.fetch import fetch_model
from app.models.manifest import find_published, published
from app.models.store import ModelStore
from app.paths import user_paths
from engines.fomm.config import CONFIGS as FOMM
from engines.tha.recognise import STUDENTS
from engines.tha.tha1.config import CONFIG as THA1_CONFIG
from engines.tha.tha3.config import CONFIGS as THA3

THA1 = THA1_CONFIG.name


KNOWN = {"fomm": set(FOMM), "tha": {*THA3, THA1, STUDENTS}}
FOMM_MODELS = [model for model in published() if model.family == "fomm"]


@pytest.mark.parametrize("model", published(), ids=lambda model: model.name)
def test_an_entry_is_whole(model):
    assert model.family in FAMILIES
    assert model.configuration in KNOWN[model.family]
    assert model.title
    assert model.note.endswith(".")
    assert model.licence.endswith(".")
    for address in filter(None, (model.page, model.other_page, model.address)):
        assert urlsplit(address).scheme == "https"
    assert all(re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{64}", each) for each in model.checksums.values())
    assert not (model.folder and model.address), "an archive cannot be fetched and unpacked yet"


@pytest.mark.parametrize("model", FOMM_MODELS, ids=lambda model: model.name)
def test_a_file_is_named_after_its_configuration_and_can_be_fetched(model):
    assert model.configuration == f"{model.name}-256"
    assert re.fullmatch(r"[a-z-]+\.pth\.tar", model.file)
    assert model.address.endswith(f"/{model.file}")
    assert model.source


def test_all_published_configurations_are_offered_once():
    for family, configurations in KNOWN.items():
        offered = [model.configuration for model in published() if model.family == family]
        assert sorted(offered) == sorted(configurations)


def test_what_comes_as_a_folder_or_an_avatar_says_how_it_is_added():
    store = ModelStore(user_paths().models)
    for name, command in (("tha3-standard-half", "models"), ("tha4", "avatars")):
        offer = find_published(name)
        with pytest.raises(DownloadError, match=f"guise {command} add {offer.file}"):
            fetch_model(store, offer)


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
