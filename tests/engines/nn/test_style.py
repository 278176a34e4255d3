import pytest

from engines.nn.style import Style


def test_winograd_and_half_precision_do_not_go_together():
    with pytest.raises(ValueError, match="Winograd"):
        Style("fp16", winograd=True)
