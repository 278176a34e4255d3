"""The tree keeps its own rules: who may import whom, who may not import Qt, and what `--help` may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
MODULES = sorted(
    path.relative_to(REPOSITORY)
    for room in ("app", "engines", "assets")
    for path in (REPOSITORY / room).rglob("*.py")
)
WITHOUT_QT = [
    ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    for path in MODULES
    if path.parts[:2] not in {("app", "ui")} and path.parts[0] != "assets"
]
LONGEST_FILE = 400

# What only the extras bring: where it is not installed, the modules that stand on it are left out.
EXTRAS = {"onnx", "onnxruntime", "onnxscript", "openvino", "safetensors", "tensorrt", "tensorrt_rtx", "torch"}
# What a server that runs networks and nothing else goes without: it has numpy, PyTorch and ONNX.
NOT_ON_A_SERVER = {
    "PySide6",
    "shiboken6",
    "mediapipe",
    "app",
    "cv2",
    "numba",
    "PIL",
    "av",
    "pyvirtualcam",
    "typer",
} | (EXTRAS - {"onnx", "onnxscript", "torch"})
# Runs the steps of small networks there, against their references.
SERVER_RUN = """
import tempfile
from pathlib import Path
from engines.building.stopwatch import Effort
from engines.fomm.made import made_model
from engines.fomm.measure import measure
from engines.tha.made_models import save_made
from engines.tha.measure import measure as measure_tha
from engines.tha.shapes import tha4_shapes
from engines.tha.student.shapes import BodySize, FaceSize
from tests.engines.fomm.rules import small_config
config = small_config()
quick = Effort(rounds=1, slow=1, fast=1, settle=0)
with tempfile.TemporaryDirectory() as folder:
    reports = [measure(made_model(config, Path(folder)), quick, runners=[])]
    shapes = tha4_shapes(FaceSize(8, 3), BodySize((12, 8, 6), 3))
    reports.append(measure_tha(save_made("tha4", shapes, Path(folder)), quick, runners=[]))
sys.exit(not all(any((row["psnr_db"] or 0) > 60 for row in report["rows"]) for report in reports))
"""
# Runs in a fresh interpreter in which importing the named packages fails.
BLOCKED_IMPORTS = """
import importlib, importlib.util, sys, warnings
warnings.simplefilter("ignore")
blocked = {blocked!r}
missing = {{each for each in {extras!r} - blocked if importlib.util.find_spec(each) is None}}
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in blocked:
            raise ImportError(f"{{name}} is not for this room")
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in blocked else find(name, package)
sys.meta_path.insert(0, Blocker())
for name in {modules!r}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in missing:
            raise
"""


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


def _import_without(
    blocked: set[str], modules: list[str], then: str = ""
) -> subprocess.CompletedProcess[str]:
    return _python(BLOCKED_IMPORTS.format(blocked=blocked, modules=modules, extras=EXTRAS) + then)


def test_rooms_import_downwards_only():
    checked = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_every_module_says_what_it_is_and_stays_small(path):
    text = (REPOSITORY / path).read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"
    drawing = path.parts[0] == "assets"  # a picture by code is as long as the picture asks for
    assert drawing or text.count("\n") <= LONGEST_FILE, f"{path} holds more than one idea"


def test_everything_but_the_window_imports_without_qt_and_loads_no_gpl_package():
    assert "app.cli.main" in WITHOUT_QT
    loaded = "sys.exit('pyvirtualcam is loaded' if 'pyvirtualcam' in sys.modules else 0)"
    done = _import_without({"PySide6", "shiboken6"}, WITHOUT_QT, loaded)
    assert done.returncode == 0, done.stderr


def test_the_engines_can_be_copied_to_a_server_alone():
    modules = [name for name in WITHOUT_QT if name.startswith("engines")]
    blocked = {"PySide6", "shiboken6", "mediapipe", "app", "pyvirtualcam", "av", "typer"}
    done = _import_without(blocked, modules)
    assert done.returncode == 0, done.stderr


def test_networks_run_on_a_server_that_has_numpy_pytorch_and_onnx_alone():
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    done = _import_without(NOT_ON_A_SERVER, ["engines.registry", "engines.runners.choose"], SERVER_RUN)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], ["render", "-h"]])
def test_help_and_version_import_nothing_heavy(arguments):
    done = _python(
        f"import sys; sys.argv = ['guise', *{arguments!r}]\n"
        "from app.__main__ import main\n"
        "code = main()\n"
        "heavy = {'numpy', 'cv2', 'mediapipe', 'numba', 'PySide6', 'av', 'PIL', 'pyvirtualcam', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
        "sys.exit(code)"
    )
    assert (done.returncode, done.stderr.strip()) == (0, "[]")


def test_one_module_imports_the_gpl_package():
    users = [
        path for path in MODULES if "import pyvirtualcam" in (REPOSITORY / path).read_text(encoding="utf-8")
    ]
    assert [path.as_posix() for path in users] == ["app/devices/virtual_device.py"]
