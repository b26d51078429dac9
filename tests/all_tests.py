"""Tests that only `make test-all` runs, because they take long."""

import os
from typing import Final

import pytest

ENABLED: Final = os.environ.get("SEQSAL_ALL_TESTS") == "1"
"""Whether `make test-all` runs."""


def only_in_all_tests(reason: str) -> pytest.MarkDecorator:
    """Returns a mark that skips a test, unless `make test-all` runs.

    Args:
        reason: why it is not part of `make test`.
    """
    return pytest.mark.skipif(not ENABLED, reason=f"{reason}; make test-all runs it")
