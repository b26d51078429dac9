"""How much a user does to compare the heatmap of a changed prompt."""

import pytest
from playwright.sync_api import Browser

from benchmarks import acts
from tests.e2e.conftest import Serve

SERVER = ("-m", "benchmarks.acts_server")


@pytest.mark.parametrize("case", acts.CASES, ids=lambda case: case.name)
def test_a_change_and_its_compared_heatmap_take_an_edit_and_a_run(
    serve_any: Serve, chromium: Browser, case: acts.Case
) -> None:
    # `count` checks that both prompts are on the screen with the heatmaps of the same question.
    done = acts.count(chromium, serve_any(*SERVER), "seqsal", case)
    assert done.number <= 2, str(done)
