"""The sizes of the tests: a quick form for every change, and a long one for `make soak`."""

import os
from typing import Final

LONG: Final = os.environ.get("SEQSAL_SOAK") == "1"

CROWD_SECONDS: Final = 60 if LONG else 10
CLIENTS: Final = 64
HOSTILE_REQUESTS: Final = 10_000 if LONG else 500
GROWTH_REQUESTS: Final = 10_000 if LONG else 300
GROWTH_WARM_UP: Final = 1_000 if LONG else 150
