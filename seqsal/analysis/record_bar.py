"""The progress bar of a run: records, their rate, and the time that is left."""

import contextlib
from collections.abc import Iterator

from seqsal.models.progress import bars


class RecordBar:
    """Counts records that are done; what an earlier run did does not count for the rate."""

    def __init__(self, total: int, shown: bool, name: str) -> None:
        """Shows the bar.

        Args:
            total: the number of all records.
            shown: whether there is anything to see.
            name: what is being done.
        """
        from tqdm.auto import tqdm

        self._bar = tqdm(
            total=total, desc=name, unit="record", disable=not shown, dynamic_ncols=True
        )

    def update(self, count: int) -> None:
        """Counts records that were done now."""
        self._bar.update(count)

    def skip(self, count: int) -> None:
        """Counts records that an earlier run did."""
        if not self._bar.disable:
            self._bar.initial += count
            self._bar.n += count
            self._bar.refresh()

    def close(self) -> None:
        """Leaves the bar as it is."""
        self._bar.close()


@contextlib.contextmanager
def record_bar(total: int, progress: bool | None, name: str = "Analyzing") -> Iterator[RecordBar]:
    """Shows a bar while the records of a run are analyzed, and none of the steps within.

    Args:
        total: the number of all records.
        progress: True or False; None: only in a notebook or a terminal.
        name: what is being done.
    """
    shown = bars.should_show(progress)
    with contextlib.closing(RecordBar(total, shown, name)) as bar, bars.show_progress(False):
        yield bar
