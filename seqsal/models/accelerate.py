"""The switch of each speed-up: the environment variable SEQSAL_ACCELERATE.

"all" (the default) enables every speed-up, "none" disables every one, and a comma-separated list
enables those that it names. Each speed-up has a plain reference path with the same numbers, so
that a wrong result can be traced to one of them; docs/performance.md lists them.
"""

import os
from typing import Final

VARIABLE: Final = "SEQSAL_ACCELERATE"
NAMES: Final = frozenset(
    {
        "row_sparse",
        "mixed_precision",
        "malloc_tuning",
        "preallocated_cache",
        "gguf_reading",
        "fused_attention",
        "top_rows",
        "einsum_gradients",
        "tied_head",
    }
)
"""The speed-ups: for each a file of its name in an adapter's `_accelerate/`."""


def enabled(name: str) -> bool:
    """Returns whether a speed-up is enabled.

    Args:
        name: one of `NAMES`.

    Raises:
        ValueError: the variable names a speed-up that does not exist.
    """
    if name not in NAMES:
        raise ValueError(f"A speed-up must be one of {', '.join(sorted(NAMES))}; got {name!r}.")
    value = os.environ.get(VARIABLE, "all").strip()
    if value in ("all", "none", ""):
        return value == "all"
    chosen = {part.strip() for part in value.split(",")}
    if unknown := chosen - NAMES:
        raise ValueError(
            f"{VARIABLE} must be all, none, or a comma-separated list of"
            f" {', '.join(sorted(NAMES))}; got {', '.join(sorted(unknown))}."
        )
    return name in chosen
