"""The bars that the hub's client draws of its downloads, where nobody wants to see them."""

import contextlib
from collections.abc import Iterator

from seqsal.models.progress import tasks


@contextlib.contextmanager
def shown_where_watched() -> Iterator[None]:
    """Has the client of the hub draw no bars where nobody watches the task of this thread."""
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    # A client that was silent before stays so.
    if tasks.current().watched or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
