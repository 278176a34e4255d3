"""The README keeps its promises: its commands exist, its links lead somewhere, its keys are the window's."""

from __future__ import annotations

import re

import pytest

from app.cli.main import COMMANDS
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
_MARKDOWN = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
PAGES = sorted(path.relative_to(REPOSITORY) for path in _MARKDOWN)


def _blocks():
    return re.findall(r"```bash\n(.*?)```", README, re.S)


def test_the_first_two_blocks_start_guise_and_run_the_tests():
    assert _blocks()[:2] == [
        "python -m pip install uv && python -m uv run guise\n",
        "python -m uv run pytest -n 2 --dist loadfile\n",
    ]


def test_ci_runs_the_readmes_own_test_command():
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    assert script.rstrip().endswith('"$python" -m uv run pytest -n 2 --dist loadfile')


def test_every_command_it_shows_exists():
    shown = set(re.findall(r"^guise (\w+)", "".join(_blocks()), re.M))
    assert shown >= {"run", "render", "doctor", "avatars"}
    assert shown <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    targets = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    missing = [link for link in targets if link and not ((REPOSITORY / page).parent / link).exists()]
    assert missing == []


def test_the_keys_are_the_windows_own():
    from app.ui.actions import ACTIONS

    ours = {key for spec in ACTIONS for key in spec.keys}
    table = README.split("## Keys")[1].split("\n## ")[0]
    cells = [
        cell.strip() for row in re.findall(r"^\|(.*)\|$", table, re.M)[2:] for cell in row.split("|")[::2]
    ]
    told = {key.strip() for cell in cells for key in cell.replace("1-9", "1, 9").split(",") if key.strip()}
    assert len(told) > 20
    assert told <= ours
