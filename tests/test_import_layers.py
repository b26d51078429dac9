"""The layers of the package: import-linter's contracts hold, and can fail."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
_MAX_TOP_LEVEL = 14
_MARKER = "py.typed"
"""A file without content, which says that the package has types."""


def _lint(folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    return subprocess.run(
        [*command, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy of the package's Python files and of the linter's configuration."""
    for path in (ROOT / "seqsal").rglob("*.py"):
        relative = path.relative_to(ROOT)
        if "frontend" not in relative.parts:
            (tmp_path / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, tmp_path / relative)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_the_contracts_hold() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("store/keys.py", "import seqsal.lit.layouts", "Imports point downwards"),
        ("options.py", "from seqsal import datasets", "Imports point downwards"),
        ("results/result.py", "import transformers", "Only the Transformers adapter"),
        ("attribution/engine.py", "import torch", "Only the adapters import PyTorch"),
        ("models/transformers/lm.py", "import keras", "Only the Keras adapter"),
        ("analysis/run.py", "import ray", "Only runs on a cluster import Ray"),
        ("attribution/engine.py", "from lit_nlp.api import types", "Only what serves or loads"),
        (
            "server/metrics.py",
            "from seqsal.server.middleware import log",
            "Modules and packages of a layer form no cycles",
        ),
    ],
)
def test_a_forbidden_import_breaks_its_contract(
    copy: pathlib.Path, module: str, statement: str, contract: str
) -> None:
    path = copy / "seqsal" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{statement}\n", encoding="utf-8")
    done = _lint(copy)
    assert done.returncode == 1
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), broken


def test_the_top_level_of_the_package_has_at_most_fourteen_entries() -> None:
    entries = {path.name for path in (ROOT / "seqsal").iterdir()} - {"__pycache__", _MARKER}
    assert len(entries) <= _MAX_TOP_LEVEL, sorted(entries)
