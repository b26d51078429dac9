"""The wheel: what is in it, how large it is, and that it serves the page without Node."""

import json
import pathlib
import re
import subprocess
import urllib.request
import zipfile
from collections.abc import Iterator

import pytest

import seqsal
from seqsal.models import embedded
from tests.conftest import Installed

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def address(installed: Installed) -> Iterator[str]:
    """The address of the page that the installed command serves."""
    programs, variables = installed
    command = [str(programs / "seqsal"), "--port=0"]
    with subprocess.Popen(
        command, env=variables, cwd=variables["HOME"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        found = (re.search(r"http://127\.0\.0\.1:\d+/", line) for line in server.stdout)
        yield next(match[0] for match in found if match)
        server.terminate()


def _get(address: str, body: bytes | None = None) -> str:
    with urllib.request.urlopen(address, body, timeout=120) as response:
        return str(response.read().decode())


def _megabytes(wheel: pathlib.Path, folder: str) -> float:
    with zipfile.ZipFile(wheel) as archive:
        files = [file for file in archive.infolist() if file.filename.startswith(folder)]
    return sum(file.file_size for file in files) / 1e6


def test_the_wheel_has_the_whole_front_end_and_the_models_and_no_sources_of_the_front_end(
    wheel: pathlib.Path,
) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    dist = ROOT / "seqsal" / "frontend" / "dist"
    built = {path for path in dist.rglob("*") if path.is_file() and path.name != ".built"}
    assert {path.name for path in built} >= {"seqsal.js", "seqsal-view.js", "fonts.css"}
    in_front_end = {name for name in names if name.startswith("seqsal/frontend/")}
    assert in_front_end == {str(path.relative_to(ROOT)) for path in built}
    for model in embedded.names():
        files = {str(path.relative_to(ROOT)) for path in embedded.path(model).iterdir()}
        assert files <= names
    others = {name for name in names if not name.startswith(("seqsal/", "seqsal-"))}
    assert others == set()
    assert not {name for name in names if name.endswith((".ts", ".map")) or "test" in name}


def test_the_wheel_has_every_python_module(wheel: pathlib.Path) -> None:
    sources = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "seqsal").rglob("*.py")
        if "node_modules" not in path.parts
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if name.endswith(".py")} == sources


def test_the_sizes_in_the_readme_are_those_of_the_wheel(wheel: pathlib.Path) -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    stated = re.search(r"a wheel of ([\d.]+) MB .*? \(([\d.]+) MB\) .*? \(([\d.]+) MB\)", readme)
    assert stated is not None
    sizes = [
        wheel.stat().st_size / 1e6,
        _megabytes(wheel, "seqsal/frontend/dist/"),
        sum(_megabytes(wheel, f"seqsal/models/embedded/{name}/") for name in embedded.names()),
    ]
    assert [float(size) for size in stated.groups()] == pytest.approx(sizes, rel=0.15)


def test_the_installed_seqsal_is_that_of_the_wheel(
    installed: Installed,
) -> None:
    programs, variables = installed
    code = "import seqsal, shutil; print(seqsal.__file__, shutil.which('node'))"
    done = subprocess.run(
        [programs / "python", "-c", code],
        env=variables,
        cwd=variables["HOME"],
        capture_output=True,
        text=True,
        check=True,
    )
    path, node = done.stdout.split()
    assert pathlib.Path(path).is_relative_to(variables["HOME"])
    assert node == "None"


def test_the_installed_command_prints_its_version(
    installed: Installed,
) -> None:
    programs, variables = installed
    done = subprocess.run(
        [programs / "seqsal", "--version"],
        env=variables,
        cwd=variables["HOME"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"seqsal {seqsal.__version__}\n"


def test_the_installed_command_serves_the_page_with_the_module(address: str) -> None:
    page = _get(address)
    script = re.search(r'src="(static/seqsal/seqsal\.js[^"]*)"', page)
    assert script is not None
    assert "seqsal-module" in _get(address + script[1])


@pytest.mark.parametrize("model", ["small", "tiny"])
def test_each_model_in_the_wheel_answers(address: str, model: str) -> None:
    info = json.loads(_get(f"{address}get_info", b"{}"))
    (dataset,) = (name for name in info["datasets"] if not name.startswith("_"))
    examples = json.loads(_get(f"{address}get_dataset?dataset_name={dataset}", b"{}"))
    ids = {example["data"]["source"]: example["id"] for example in examples}
    question = json.dumps({"inputs": [ids["fewshot-fixed"]]}).encode()
    query = f"get_preds?model={model}&dataset_name={dataset}&requested_fields=response"
    (prediction,) = json.loads(_get(address + query, question))
    assert "Recommendation:" in prediction["response"]
