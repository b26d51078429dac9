"""Keeps pytest from taking the checks of the backends for tests of this process."""

import os

collect_ignore = (
    [] if "SEQSAL_TEST_CHECKPOINTS" in os.environ else ["on_backend.py", "on_any_backend.py"]
)
