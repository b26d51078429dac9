"""`make` names the first thing that is missing, with the command that installs it."""

import pathlib
import re
import subprocess
import sys

import pytest

SCRIPTS = pathlib.Path(__file__).parents[1] / "scripts"


def _tools(folder: pathlib.Path, **tools: str) -> str:
    """Makes a PATH with a few tools that print a fixed output."""
    for name, output in tools.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\necho {output}\n")
        path.chmod(0o755)
    (folder / "sed").symlink_to("/bin/sed")
    return str(folder)


def _check(python: str, path: str) -> str:
    done = subprocess.run(
        ["/bin/sh", SCRIPTS / "prerequisites.sh", python],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (done.stderr == "")
    assert len(done.stderr.splitlines()) <= 1
    return done.stderr


@pytest.mark.parametrize(
    ("tools", "message"),
    [
        ({}, "a C\\+\\+ compiler .* apt-get install g\\+\\+"),
        ({"g++": "x"}, r"Node.js 20 or newer \(found: none\)"),
        ({"g++": "x", "node": "v18.19.0"}, r"Node.js 20 or newer \(found: v18.19.0\)"),
        ({"g++": "x", "node": "v20.9.0"}, "npm.* apt-get install npm"),
    ],
)
def test_what_is_missing_is_named_in_one_line(
    tmp_path: pathlib.Path, tools: dict[str, str], message: str
) -> None:
    assert re.search(message, _check(sys.executable, _tools(tmp_path, **tools)))


def test_a_missing_python_is_named(tmp_path: pathlib.Path) -> None:
    assert "Python 3.11 or 3.12" in _check("none", _tools(tmp_path))


def test_nothing_is_printed_if_nothing_is_missing(tmp_path: pathlib.Path) -> None:
    tools = {"g++": "x", "node": "v22.1.0", "npm": "11"}
    assert _check(sys.executable, _tools(tmp_path, **tools)) == ""
