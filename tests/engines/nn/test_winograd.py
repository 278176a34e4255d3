import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.nn.folding import Kernel  # noqa: E402
from engines.nn.winograd import WinogradConvolution, into_phases, out_of_phases  # noqa: E402


def test_phases_and_back_is_the_same_map():
    x = torch.arange(2 * 8 * 12.0).reshape(1, 2, 8, 12)
    phases = into_phases(x)
    assert phases.shape == (4, 4, 2, 2, 3)
    assert phases[1, 2, 1, 1, 2] == x[0, 1, 5, 10]
    assert torch.equal(out_of_phases(phases), x)


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
def test_it_is_the_same_convolution_up_to_the_border(dtype, bound):
    drawn = torch.Generator().manual_seed(3)
    weight = torch.randn(7, 5, 3, 3, generator=drawn, dtype=torch.float64)
    bias = torch.randn(7, generator=drawn, dtype=torch.float64)
    x = torch.randn(1, 5, 8, 12, generator=drawn, dtype=torch.float64)
    wanted = torch.nn.functional.conv2d(x, weight, bias, padding=1)
    found = out_of_phases(WinogradConvolution(Kernel(weight, bias), dtype)(into_phases(x.to(dtype))))
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=bound)
