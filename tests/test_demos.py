"""Every script in demos/ runs as its first lines say."""

import pathlib
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
    assert "What the model leaned on for ' eggs'" in done.stdout
    assert "########" in done.stdout
