"""Keeps pytest from taking the checks of the backends for tests of this process."""

import os

collect_ignore_glob = [] if "SEQSAL_TEST_CHECKPOINTS" in os.environ else ["on_*.py"]
