import pytest

from engines.building.family import PRECISIONS
from engines.fomm.family import FAMILY
from engines.runners.compare import Comparison


def measured(psnr_db=60.0, **largest):
    return Comparison({"picture": 1.0, "driving_value": 1e-5, "driving_jacobian": 1e-5} | largest, psnr_db, 3)


@pytest.mark.parametrize("runner", ["torch", "onnxruntime", "openvino", "tensorrt_rtx", "tensorrt"])
@pytest.mark.parametrize("on_card", [True, False])
@pytest.mark.parametrize("bf16", [True, False])
def test_fp32_is_always_the_last_resort(runner, on_card, bf16):
    found = FAMILY.recipes("", runner, on_card=on_card, bf16=bf16)
    assert found[-1].precision == "fp32"
    assert {each.precision for each in found} <= set(PRECISIONS)
    assert len({each.precision for each in found}) == len(found)


def test_only_painting_is_done_in_bf16():
    mixed, _ = FAMILY.recipes("", "openvino", on_card=False, bf16=True)
    assert mixed.parts == (("motion", "fp32"), ("trunk", "fp32"), ("paint", "bf16"))
    assert mixed.style.precision == "fp32"


@pytest.mark.parametrize("runner", ["torch", "onnxruntime", "tensorrt_rtx", "tensorrt"])
def test_no_card_is_given_matrix_products(runner):
    assert not any(each.style.winograd for each in FAMILY.recipes("", runner, on_card=True, bf16=True))


def test_fp32_may_differ_by_rounding_only():
    assert FAMILY.accepts("fp32", measured())
    assert not FAMILY.accepts("fp32", measured(picture=2.0))
    assert not FAMILY.accepts("fp32", measured(driving_jacobian=2e-3))


def test_a_lower_precision_needs_forty_decibels_and_steady_keypoints():
    assert FAMILY.accepts("fp16", measured(40.5, picture=30.0, driving_jacobian=0.01))
    assert not FAMILY.accepts("fp16", measured(39.5))
    assert not FAMILY.accepts("fp16", measured(driving_value=0.005))


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_what_is_no_number_is_not_accepted(precision):
    assert not FAMILY.accepts(precision, measured(driving_value=float("inf")))
