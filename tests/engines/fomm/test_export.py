from collections import Counter

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")
onnx = pytest.importorskip("onnx", reason="needs the extra 'neural'")

from engines.building.export import export_graph  # noqa: E402
from engines.building.family import SUFFICIENT_DB  # noqa: E402
from engines.fomm.config import CONFIGS  # noqa: E402
from engines.fomm.export import graph_makers  # noqa: E402
from engines.nn.style import PLAIN, Style  # noqa: E402
from engines.runners.compare import compare  # noqa: E402
from engines.runners.device import cpu_has_bf16  # noqa: E402
from engines.runners.onnx_runner import OnnxRunner  # noqa: E402
from engines.runners.openvino_runner import OpenVinoRunner  # noqa: E402
from engines.runners.tensorrt_build import RTX_CAPABILITIES, build_engine  # noqa: E402
from engines.weights.model import load_model  # noqa: E402
from tests.engines.fomm import rules  # noqa: E402
from tests.engines.fomm.graph_probe import CONTROLS, full_states, make_probe, matte, small_states  # noqa: E402


def written(makers, folder):
    """Write graphs into a folder; return the files by graph."""
    paths = {name: folder / f"{name}.onnx" for name in makers}
    for name, make in makers.items():
        export_graph(make(), paths[name])
    return paths


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(rules.small_model(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def probe():
    return make_probe(rules.small_config(), small_states())


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    return written(graph_makers(model, Style(upsample="subpixel")), tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def parts(model, tmp_path_factory):
    makers = graph_makers(model, Style(upsample="deconv", winograd=True), parts=True)
    return written(makers, tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def half(model, tmp_path_factory):
    makers = graph_makers(model, Style("fp16"))
    return written({"step": makers["step"]}, tmp_path_factory.mktemp("half"))["step"]


def answers(runner, probe):
    runner.bind({name: each for name, each in probe.inputs(0).items() if name not in ("driving", "controls")})
    given = [runner.run({"driving": probe.driving, "controls": controls}) for controls in probe.controls]
    runner.close()
    return given


def assert_equal_but_for_rounding(found):
    floats = {name: value for name, value in found.largest.items() if name != "picture"}
    assert max(floats.values()) <= 1e-3
    assert found.largest["picture"] <= 1


def test_files_are_named_after_the_graphs(whole, parts):
    assert list(whole) == ["prepare", "step"]
    assert list(parts) == ["prepare", "motion", "trunk", "paint"]
    for name, path in {**whole, **parts}.items():
        assert path.name == f"{name}.onnx"
        assert [each for each in path.parent.iterdir() if each.suffix != ".onnx"] == []


@pytest.mark.parametrize("name", ["prepare", "step", "motion", "trunk", "paint"])
def test_inputs_and_outputs_are_as_promised(model, whole, parts, name):
    stored = onnx.load({**whole, **parts}[name]).graph
    graph = graph_makers(model, PLAIN, parts=name in ("motion", "trunk", "paint"))[name]()
    for specs, values in ((graph.inputs, stored.input), (graph.outputs, stored.output)):
        assert [spec.name for spec in specs] == [value.name for value in values]
        for spec, value in zip(specs, values, strict=True):
            tensor = value.type.tensor_type
            assert tuple(each.dim_value for each in tensor.shape.dim) == spec.shape
            assert onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type) == np.dtype(spec.dtype)


def test_no_graph_holds_what_some_runtime_lacks(whole, parts, half):
    for name, path in [*whole.items(), *parts.items(), ("half", half)]:
        stored = onnx.load(path)
        kinds = Counter(node.op_type for node in stored.graph.node)
        assert not {"Gemm", "Einsum", "Inverse", "Det", "If", "Loop", "Shape"} & kinds.keys()
        assert ("MatMul" in kinds) == (name == "trunk")  # where fewer multiplications were asked for
        assert {node.domain for node in stored.graph.node} == {""}
        assert [each.version for each in stored.opset_import if each.domain == ""] == [18]
        assert not any(each.external_data for each in stored.graph.initializer)


def test_in_the_half_graph_only_convolutions_and_what_lies_between_are_half(half):
    stored = onnx.shape_inference.infer_shapes(onnx.load(half))
    kinds = {each.name: each.type.tensor_type.elem_type for each in stored.graph.value_info}
    kinds |= {each.name: each.data_type for each in stored.graph.initializer}
    by_node = [(node.op_type, kinds.get(node.output[0])) for node in stored.graph.node]
    single = {kind for kind, type_ in by_node if type_ == onnx.TensorProto.FLOAT}
    halved = {kind for kind, type_ in by_node if type_ == onnx.TensorProto.FLOAT16}
    assert {"Softmax", "GridSample", "Exp", "Sigmoid", "ReduceSum", "Div"} <= single
    assert not {"Softmax", "GridSample", "Exp", "Sigmoid", "ReduceSum", "Div"} & halved
    convolutions = [type_ for kind, type_ in by_node if kind == "Conv"]
    shrinking = 1  # the detector's anti-alias filter, on bytes
    assert convolutions.count(onnx.TensorProto.FLOAT) == shrinking


def test_onnx_runtime_prepares_and_steps_like_the_reference(whole, probe):
    prepare = OnnxRunner(whole["prepare"])
    state = prepare.run({"source": rules.source_picture(), "matte": matte()})
    prepare.close()
    for name, array in state.items():
        np.testing.assert_allclose(array, probe.bound[name], rtol=0, atol=1e-3)
    assert_equal_but_for_rounding(compare(probe.wanted, answers(OnnxRunner(whole["step"]), probe)))


def test_openvino_steps_like_the_reference(parts, probe):
    runner = OpenVinoRunner([(parts[name], "fp32") for name in ("motion", "trunk", "paint")])
    assert_equal_but_for_rounding(compare(probe.wanted, answers(runner, probe)))


@pytest.mark.skipif(not cpu_has_bf16(), reason="this CPU has no bf16")
def test_painting_in_bf16_leaves_coordinates_alone(parts, probe):
    runner = OpenVinoRunner([(parts["motion"], "fp32"), (parts["trunk"], "fp32"), (parts["paint"], "bf16")])
    found = compare(probe.wanted, answers(runner, probe))
    assert found.psnr_db > SUFFICIENT_DB
    assert max(value for name, value in found.largest.items() if name != "picture") <= 1e-3


def test_tensorrt_builds_the_half_graph_for_every_card(half):
    pytest.importorskip("tensorrt_rtx", reason="needs the extra 'tensorrt'")
    assert len(build_engine(half, "tensorrt_rtx", RTX_CAPABILITIES)) > 100_000


@pytest.mark.slow
def test_the_whole_network_in_onnx_runtime_and_openvino(tmp_path):
    probe = make_probe(CONFIGS["vox-adv-256"], full_states(), controls=CONTROLS[5:])
    model = load_model(rules.full_model(tmp_path))
    makers = graph_makers(model, Style(upsample="deconv", winograd=True), parts=True)
    values, chain = probe.inputs(0), []
    for name in ("motion", "trunk", "paint"):
        path = tmp_path / f"{name}.onnx"
        export_graph(makers[name](), path)
        chain.append((path, "fp32"))
        runner = OnnxRunner(path)
        values |= runner.run({spec.name: values[spec.name] for spec in runner.inputs})
        runner.close()
    assert_equal_but_for_rounding(compare(probe.wanted, [values]))
    assert_equal_but_for_rounding(compare(probe.wanted, answers(OpenVinoRunner(chain), probe)))
    if cpu_has_bf16():
        mixed = compare(probe.wanted, answers(OpenVinoRunner([*chain[:2], (chain[2][0], "bf16")]), probe))
        assert mixed.psnr_db > SUFFICIENT_DB
        assert mixed.largest["driving_value"] <= 1e-3


@pytest.mark.slow
def test_tensorrt_builds_the_whole_network_for_every_card(tmp_path):
    pytest.importorskip("tensorrt_rtx", reason="needs the extra 'tensorrt'")
    model = load_model(rules.full_model(tmp_path))
    export_graph(graph_makers(model, Style("fp16"))["step"](), tmp_path / "step.onnx")
    engine = build_engine(tmp_path / "step.onnx", "tensorrt_rtx", RTX_CAPABILITIES)
    assert 0.4 < len(engine) / model.size < 0.7  # half the bits, and what is not weights
