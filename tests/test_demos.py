"""The scripts in demos/ run as documented in their docstrings."""

import pathlib
import re
import subprocess
import sys

DEMOS = pathlib.Path(__file__).parents[1] / "demos"


def test_explain_prints_a_bar_for_the_tokens_before_the_target() -> None:
    command = [
        sys.executable,
        str(DEMOS / "explain.py"),
        "--prompt",
        "Taste-likes:",
        "--target",
        " eggs",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Words that speak for (#) and against (-) ' eggs'" in done.stdout
    assert "########" in done.stdout or "--------" in done.stdout


def test_intercept_prints_what_each_layer_does_to_the_answer() -> None:
    command = [sys.executable, str(DEMOS / "intercept.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    changes = re.findall(r"layer (\d): ([+-]\d+\.\d+)", done.stdout)
    assert [layer for layer, _ in changes] == ["1", "2", "3", "4", "5", "6"]
    assert any(float(change) != 0 for _, change in changes)
