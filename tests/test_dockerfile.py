"""The Dockerfile fits the repository: what it copies is there, and versions are the same."""

import fnmatch
import json
import pathlib
import re
import shlex
import tomllib

import pytest

from seqsal.options import Options

ROOT = pathlib.Path(__file__).parents[1]


def _instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(word, rest) for word, rest in (line.split(None, 1) for line in lines)]


def _all(name: str) -> list[str]:
    return [rest for word, rest in _instructions() if word == name]


def _sources() -> list[str]:
    """Returns what is copied from the repository."""
    copies = [shlex.split(rest) for rest in _all("COPY")]
    return [source for words in copies if "--from" not in words[0] for source in words[:-1]]


def _is_sent(path: str) -> bool:
    """Returns whether .dockerignore lets a path through; the last line that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        parts = [path, *map(str, pathlib.PurePath(path).parents)]
        if line and not line.startswith("#") and any(fnmatch.fnmatch(p, pattern) for p in parts):
            sent = line.startswith("!")
    return sent


def test_every_copied_path_exists_and_is_in_the_build_context() -> None:
    sources = _sources()
    assert "pyproject.toml" in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert _is_sent(source), source
    assert _is_sent("seqsal/frontend/src/seqsal.ts")
    for unwanted in (".git/config", ".venv/bin/python", "seqsal/frontend/node_modules/lit"):
        assert not _is_sent(unwanted), unwanted


def test_the_sources_of_the_wheel_are_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {project["readme"], *project["license-files"]} <= set(_sources())


def test_it_uses_versions_that_the_project_supports() -> None:
    arguments = dict(argument.split("=", 1) for argument in _all("ARG"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    least = re.search(r">=(\d+)\.(\d+)", project["requires-python"])
    assert least is not None
    assert arguments["PYTHON"] == ".".join(least.groups())
    engines = json.loads((ROOT / "seqsal" / "frontend" / "package.json").read_text())["engines"]
    lowest = re.search(r"\d+", engines["node"])
    assert lowest is not None
    assert int(arguments["NODE"]) >= int(lowest[0])
    for command in _all("RUN"):
        for install in re.findall(r"pip install[^&]*", command):
            assert "--constraint" in install, install


def test_it_does_not_run_as_root_and_has_a_health_check() -> None:
    order = [word for word, _ in _instructions()]
    (user,) = _all("USER")
    assert user not in ("root", "0")
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert any(f" {user}" in command for command in _all("RUN"))
    (health,) = _all("HEALTHCHECK")
    assert "/readyz" in health
    assert _all("VOLUME") == ["/data"]


def test_it_is_reachable_from_outside_and_so_requires_a_token() -> None:
    (entry,) = _all("ENTRYPOINT")
    command = json.loads(entry)
    assert command[0] == "seqsal"
    assert "--host=0.0.0.0" in command
    assert not [flag for flag in command if flag.startswith("--auth_token")]
    assert Options().auth_token == "auto"
    known = {field.name for field, _ in Options().items()} | {"host", "port"}
    assert {flag.removeprefix("--").split("=")[0] for flag in command[1:]} <= known


@pytest.mark.parametrize("port", _all("EXPOSE"))
def test_ports_agree(port: str) -> None:
    (entry,), (health,) = _all("ENTRYPOINT"), _all("HEALTHCHECK")
    assert f"--port={port}" in entry
    assert f"127.0.0.1:{port}/" in health
