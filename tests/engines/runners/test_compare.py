import json

import numpy as np
import pytest

from engines.runners.compare import EQUAL_DB, Comparison, compare


def outputs(level=100, value=0.25):
    return {
        "picture": np.full((4, 4, 3), level, np.uint8),
        "driving_value": np.full((1, 2, 2), value, np.float32),
    }


def test_equal_outputs_differ_by_nothing():
    found = compare([outputs(), outputs()], [outputs(), outputs()])
    assert found == Comparison({"picture": 0.0, "driving_value": 0.0}, EQUAL_DB, 2)


def test_the_largest_difference_of_any_probe_counts():
    found = compare([outputs(), outputs()], [outputs(101, 0.5), outputs(97)])
    assert found.largest == {"picture": 3.0, "driving_value": 0.25}


def test_psnr_is_that_of_all_probes_together():
    found = compare([outputs(), outputs()], [outputs(101), outputs(97)])
    assert found.psnr_db == pytest.approx(10 * np.log10(255**2 / 5))


def test_bytes_do_not_wrap_around():
    assert compare([outputs(0)], [outputs(255)]).largest["picture"] == 255


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_what_is_no_number_is_infinitely_wrong(broken):
    assert compare([outputs()], [outputs(value=broken)]).largest["driving_value"] > 1e300


def test_outputs_the_reference_lacks_are_passed_over():
    found = compare([outputs()], [{**outputs(), "matte": np.zeros((4, 4), np.uint8)}])
    assert "matte" not in found.largest


@pytest.mark.parametrize("given", [{}, {"picture": np.zeros((2, 2, 3), np.uint8)}])
def test_a_missing_or_misshapen_output_is_an_error(given):
    with pytest.raises(ValueError, match="picture"):
        compare([{"picture": np.zeros((4, 4, 3), np.uint8)}], [given])


def test_probes_must_pair_up():
    with pytest.raises(ValueError, match="probes"):
        compare([outputs()], [])
    with pytest.raises(ValueError, match="probes"):
        compare([], [])


def test_facts_survive_json():
    found = compare([outputs()], [outputs(103, 0.5)])
    assert Comparison.of_facts(json.loads(json.dumps(found.facts))) == found
