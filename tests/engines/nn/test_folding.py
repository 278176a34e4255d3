import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

from torch.nn import functional  # noqa: E402

from engines.nn.folding import Kernel, Scale, Weights  # noqa: E402


@pytest.fixture
def kernel():
    torch.manual_seed(3)
    return Kernel(torch.randn(5, 4, 3, 3).double(), torch.randn(5).double())


@pytest.fixture
def picture():
    torch.manual_seed(4)
    return torch.randn(1, 4, 6, 7).double()


def doubled(picture, kernel):
    return functional.conv2d(
        picture.repeat_interleave(2, 2).repeat_interleave(2, 3), *parts(kernel), padding=1
    )


def parts(kernel):
    return kernel.weight, kernel.bias


def test_a_doubling_as_four_phases_is_exact_up_to_the_border(kernel, picture):
    phases = functional.conv2d(picture, *parts(kernel.on_doubled_subpixel()), padding=1)
    found = functional.pixel_shuffle(phases, 2)[:, :, 1:-1, 1:-1]
    torch.testing.assert_close(found, doubled(picture, kernel), rtol=0, atol=1e-13)


def test_a_doubling_as_a_transposed_convolution_is_exact_up_to_the_border(kernel, picture):
    turned = kernel.on_doubled_transposed()
    found = functional.conv_transpose2d(picture, *parts(turned), stride=2, padding=1)
    torch.testing.assert_close(found, doubled(picture, kernel), rtol=0, atol=1e-13)


@pytest.mark.parametrize("side", [3, 7])
def test_blocks_of_pixels_are_the_same_convolution(side):
    torch.manual_seed(5)
    kernel = Kernel(torch.randn(3, 4, side, side).double(), torch.randn(3).double())
    picture = torch.randn(1, 4, 8, 12).double()
    blocks = functional.conv2d(picture, *parts(kernel.on_blocks()), stride=2, padding=side // 2)
    wanted = functional.conv2d(picture, *parts(kernel), padding=side // 2)
    torch.testing.assert_close(functional.pixel_shuffle(blocks, 2), wanted, rtol=0, atol=1e-13)


def test_a_normalisation_goes_into_the_convolution_before_it(kernel, picture):
    norm = torch.nn.BatchNorm2d(5).double().eval()
    norm.running_mean.normal_(), norm.running_var.uniform_(0.5, 2)
    with torch.no_grad():
        norm.weight.normal_(), norm.bias.normal_()
        wanted = norm(functional.conv2d(picture, *parts(kernel)))
    folded = kernel.then(Scale.of_norm(Weights(norm.state_dict())))
    torch.testing.assert_close(functional.conv2d(picture, *parts(folded)), wanted, rtol=0, atol=1e-12)


def test_merged_kernels_answer_one_after_the_other(kernel, picture):
    merged = Kernel.merged([kernel, Kernel(kernel.weight[:2], kernel.bias[:2])])
    found = functional.conv2d(picture, *parts(merged))
    torch.testing.assert_close(found[:, 5:], found[:, :2])


def test_inputs_are_reordered_and_zeros_left_out(kernel, picture):
    picture[:, 1] = 0
    found = functional.conv2d(picture[:, [3, 0, 2]], *parts(kernel.with_inputs([3, 0, 2])))
    torch.testing.assert_close(found, functional.conv2d(picture, *parts(kernel)))


def test_weights_are_read_below_a_prefix_and_counted():
    state = {f"blocks.{index}.conv.weight": torch.full((1,), float(index)) for index in (0, 1, 3)}
    found = Weights(state).children("blocks.", "conv.weight")
    assert [each["conv.weight"].item() for each in found] == [0, 1]
    assert "bias" not in Weights(state).at("blocks.0.conv")
