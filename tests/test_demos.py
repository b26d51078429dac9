"""The scripts in demos/ run as documented in their docstrings."""

import pathlib
import re

from tests.forked import run

DEMOS = pathlib.Path(__file__).parents[1] / "demos"


def test_explain_prints_a_bar_for_the_tokens_before_the_target() -> None:
    done = run(str(DEMOS / "explain.py"), "--prompt", "Taste-likes:", "--target", " eggs")
    assert done.returncode == 0, done.stderr
    assert "Words that speak for (#) and against (-) ' eggs'" in done.stdout
    assert "########" in done.stdout or "--------" in done.stdout


def test_intercept_prints_what_each_layer_does_to_the_answer() -> None:
    done = run(str(DEMOS / "intercept.py"))
    assert done.returncode == 0, done.stderr
    changes = re.findall(r"layer (\d): ([+-]\d+\.\d+)", done.stdout)
    assert [layer for layer, _ in changes] == ["1", "2", "3", "4", "5", "6"]
    assert any(float(change) != 0 for _, change in changes)
