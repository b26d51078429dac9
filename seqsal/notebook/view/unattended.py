"""Notebooks that run without a person, as by nbconvert: what a view shows is there with its cell.

What is published between two cells is lost there: nbclient hears a kernel only while a cell runs.
"""

import contextlib
import sys
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqsal.notebook.view.widget import SalienceView

_shown: "weakref.WeakSet[SalienceView]" = weakref.WeakSet()


def finish_with_each_cell(view: "SalienceView") -> None:
    """Has each cell end with what a view shows worked out, where nobody looks on."""
    shell = sys.modules["IPython"].get_ipython()
    if not _is_unattended(shell):
        return
    if not _shown:
        shell.events.register("post_run_cell", _finish)
    _shown.add(view)


def _is_unattended(shell: Any) -> bool:
    """Whether the cell that runs was sent by who could answer no `input()`."""
    if not hasattr(shell, "kernel"):
        return False
    request: Any = shell.get_parent()
    return request.get("content", {}).get("allow_stdin") is False


def _finish(_: Any) -> None:
    for view in list(_shown):
        # What can not be worked out is told by the page, and by whatever reads the view.
        with contextlib.suppress(ValueError):
            view.wait()
