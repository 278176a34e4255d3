from __future__ import annotations

import json
from functools import partial

import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.building import built_rows, cuda_rows  # noqa: E402
from engines.building.cuda_rows import Way  # noqa: E402
from engines.building.ladder import Ladder  # noqa: E402
from engines.building.report import write  # noqa: E402
from engines.building.stopwatch import Effort, side_by_side  # noqa: E402
from engines.building.table import as_markdown  # noqa: E402
from engines.errors import EngineError  # noqa: E402
from engines.fomm import measure as command  # noqa: E402
from engines.fomm.family import FAMILY  # noqa: E402
from engines.fomm.made import made_matte, made_model, made_picture, made_states  # noqa: E402
from engines.fomm.measure import GOALS, WAYS, main, measure  # noqa: E402
from engines.fomm.probe import make_probe  # noqa: E402
from engines.nn.style import PLAIN  # noqa: E402
from engines.runners import cuda_backend  # noqa: E402
from engines.runners.choose import Choice  # noqa: E402
from engines.runners.compare import compare  # noqa: E402
from engines.runners.cuda_backend import ModuleBackend  # noqa: E402
from engines.runners.pipeline import StreamPipeline  # noqa: E402
from engines.runners.torch_runner import TorchRunner  # noqa: E402
from tests.engines.fomm.rules import small_config  # noqa: E402
from tests.fakes.card import FakeCard  # noqa: E402
from tests.fakes.cuda import pretend_cuda  # noqa: E402

QUICK = Effort(rounds=1, slow=1, fast=2, settle=0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return made_model(small_config(), tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def probe(model):
    return make_probe(model)


@pytest.fixture
def graph(model):
    return FAMILY.graphs(model, FAMILY.plain)["step"]()


@pytest.fixture
def ladder(probe):
    return Ladder(probe, QUICK)


def test_made_weights_are_the_same_every_time_and_leave_the_generator_of_others_alone(model):
    before = torch.random.get_rng_state()
    again = made_states(small_config())
    assert (torch.random.get_rng_state() == before).all()
    assert again.keys() == set(model.networks)
    for network, state in again.items():
        stored = model.state(network)
        assert all((state[key] == stored[key]).all() for key in state)


def test_made_pictures_move_and_have_a_matte():
    assert made_picture(0.0).shape == (256, 256, 3)
    assert (made_picture(0.0) != made_picture(0.5)).any()
    assert (made_matte()[128, 128], made_matte()[0, 0]) == (255, 0)


def test_a_step_and_the_reference_see_the_same_and_agree(probe, graph):
    runner = TorchRunner(graph, graph.inputs, graph.outputs, "cpu")
    given = probe.step(runner)(1)
    wanted = probe.reference(1)
    assert wanted.prediction.std() > 0.03  # otherwise likeness says nothing
    assert compare([{"picture": probe.picture(wanted)}], [given]).psnr_db > 60
    runner.close()


def test_the_reference_and_the_other_take_turns_and_settle_first():
    log = []
    side_by_side(
        lambda index: log.append("slow"),
        lambda index: log.append("fast"),
        Effort(rounds=2, slow=1, fast=2, settle=1),
    )
    assert log == ["slow"] * 2 + ["fast"] * 3 + ["slow"] * 2 + ["fast"] * 3


def test_a_pipeline_is_measured_by_its_stages_and_with_two_in_flight(ladder, graph):
    def compute(given):
        with torch.inference_mode():
            results = graph(*(torch.from_numpy(given[spec.name]) for spec in graph.inputs))
        return {spec.name: each.numpy() for spec, each in zip(graph.outputs, results, strict=True)}

    card = FakeCard(compute, graph.inputs, graph.outputs)
    ladder.add_runner("pipeline", lambda: StreamPipeline(card))
    (row,) = ladder.rows
    assert card.closed == 1
    assert row.psnr_db > 60
    assert min(row.upload_ms, row.step_ms, row.download_ms, row.frames_per_second, row.ratio) > 0
    assert row.overhead_ms == row.p50_ms - row.step_ms


@pytest.fixture(scope="module")
def report(model):
    told = []
    made = measure(model, QUICK, runners=["tensorrt"], tell=told.append)
    assert "the reference" in told
    return made


def test_a_machine_without_a_card_measures_its_cpu(report):
    reference, step = report["rows"]
    assert (reference["name"], reference["ratio"], reference["psnr_db"]) == ("reference, eager", 1.0, None)
    assert (step["name"], step["precision"], step["step_ms"]) == ("torch", "fp32", None)
    assert step["p50_ms"] <= step["p95_ms"]
    assert step["psnr_db"] > 60
    assert [each["name"] for each in report["left_out"]] == ["tensorrt"]
    assert report["machine"]["cores"] >= 1


def test_the_report_becomes_two_files_named_after_the_machine(report, tmp_path):
    data, table = write(
        {**report, "machine": {**report["machine"], "device": "NVIDIA H 200"}},
        tmp_path / "new",
        "fomm-speed",
        GOALS,
    )
    assert table.name == "fomm-speed-nvidia-h-200.md"
    assert json.loads(data.read_text("utf-8"))["rows"] == report["rows"]
    text = table.read_text("utf-8")
    assert "| reference, eager | fp32 |" in text
    assert "- tensorrt: " in text
    assert "Goals" not in text


def test_goals_are_held_against_the_fastest_pipeline(report):
    row = {**report["rows"][1], "upload_ms": 0.02, "download_ms": 0.03, "psnr_db": 48.0}
    slow = {**row, "name": "slow", "step_ms": 2.0, "overhead_ms": 0.5, "ratio": 9.0}
    fast = {**row, "name": "fast", "step_ms": 1.2, "overhead_ms": 2.5, "ratio": 12.0}
    text = as_markdown({**report, "rows": [slow, fast]}, GOALS)
    assert "Goals, for fast in fp32:" in text
    assert "times: 12.0, wanted at least 8: met" in text
    assert "card: 1.20, wanted at most 1.5: met" in text
    assert "step: 2.50, wanted at most 2: not met" in text


def test_the_command_writes_and_prints(monkeypatch, tmp_path, capsys, report):
    asked = {}

    def measured(model, effort, **others):
        asked.update(config=model, rounds=effort.rounds, **others)
        return report

    monkeypatch.setattr(command, "measure", measured)
    monkeypatch.setattr(command, "made_model", lambda config, _folder: config.name)
    assert main(["--out", str(tmp_path), "--rounds", "2", "--configuration", "vox-256", "--runners"]) == 0
    assert (asked["config"], asked["rounds"], asked["runners"]) == ("vox-256", 2, [])
    assert "| torch | fp32 |" in capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 2


def test_every_way_of_doubling_and_both_layouts_are_tried_in_half_precision():
    ways = [way for way in WAYS if way.captured]
    assert len({(way.name, way.style) for way in ways}) == len(ways) == 7
    assert [way.name for way in ways if way.style.precision == "fp32"] == [
        "torch, CUDA graph, pipeline (subpixel, channels first)"
    ]


@pytest.mark.filterwarnings("ignore:User provided device_type of 'cuda'")
def test_on_a_card_every_way_of_pytorch_is_measured(monkeypatch, ladder, model):
    pretend_cuda(monkeypatch)
    monkeypatch.setattr(cuda_backend, "_WARM_UPS", 1)
    monkeypatch.setattr(cuda_rows, "ModuleBackend", partial(ModuleBackend, device="cpu"))
    monkeypatch.setattr(
        cuda_rows,
        "TorchRunner",
        lambda graph, inputs, outputs, device, precision: TorchRunner(
            graph, inputs, outputs, "cpu", precision
        ),
    )
    before = torch.backends.cudnn.allow_tf32
    ways = (Way("eager", PLAIN, captured=False), Way("captured", PLAIN, channels_last=True))
    cuda_rows.add_cuda_rows(ladder, FAMILY, model, ways, lambda what: None)
    assert torch.backends.cudnn.allow_tf32 is before
    assert [(row.name, row.precision) for row in ladder.rows] == [
        ("reference, eager, TF32 off", "fp32"),
        ("reference, eager, autocast", "fp16"),
        ("eager", "fp32"),
        ("captured", "fp32"),
    ]
    assert ladder.rows[-1].step_ms == 0.5
    assert ladder.rows[-1].psnr_db > 60


def test_what_fails_on_a_card_is_left_out_with_the_reason(monkeypatch, ladder, model, graph, caplog):
    def loaded(_family, _model, way):
        if way.name == "hot":
            raise RuntimeError("\nCUDA error: too hot\nand a page of text")
        if way.name == "large":
            raise EngineError("The card is too small.")
        return TorchRunner(graph, graph.inputs, graph.outputs, "cpu")

    def in_half(_call):
        def fails(_index):
            raise NotImplementedError

        return fails

    monkeypatch.setattr(cuda_rows, "_loaded", loaded)
    monkeypatch.setattr(cuda_rows, "_in_half", in_half)
    ways = [Way(name, PLAIN) for name in ("hot", "large", "fine")]
    cuda_rows.add_cuda_rows(ladder, FAMILY, model, ways, lambda what: None)
    assert [row.name for row in ladder.rows] == ["reference, eager, TF32 off", "fine"]
    assert ladder.left_out == [
        {"name": "reference, eager, autocast", "reason": "NotImplementedError"},
        {"name": "hot, fp32", "reason": "RuntimeError: CUDA error: too hot"},
        {"name": "large, fp32", "reason": "The card is too small."},
    ]
    assert "and a page of text" in caplog.text  # what was cut is in the log


def test_a_runner_whose_build_fails_leaves_a_report_of_the_others(monkeypatch, model, caplog):
    def build(*_):
        raise ValueError("no such operator")

    monkeypatch.setattr(
        built_rows, "candidates", lambda: [Choice("tensorrt", "TensorRT", True, "runs", "CPU")]
    )
    monkeypatch.setattr(built_rows, "build", build)
    made = measure(model, QUICK)
    assert [row["name"] for row in made["rows"]] == ["reference, eager", "torch"]
    assert made["left_out"] == [{"name": "tensorrt", "reason": "ValueError: no such operator"}]
    assert "tensorrt could not be measured" in caplog.text


@pytest.mark.slow
def test_runners_that_need_a_build_are_built_and_measured(model):
    pytest.importorskip("onnxruntime")
    made = measure(model, QUICK, runners=["onnxruntime"])
    row = made["rows"][-1]
    assert row["name"] == "onnxruntime"
    assert row["psnr_db"] > 60
    assert min(row["build_s"], row["size_mb"], row["load_s"]) > 0
