"""What a saved notebook contains in place of a view, for readers without a kernel."""

import contextlib
import html
import sys
import weakref
from typing import Any, Final, Protocol, runtime_checkable

from seqsal.results.export.html.page import page
from seqsal.results.export.html.static import static_html
from seqsal.results.result import Result

_HEIGHT: Final = 480
"""In pixels."""


def output_html(result: Result, key: str) -> str:
    """Returns HTML that shows a result without a kernel and is hidden while the view is shown.

    A trusted notebook shows the page with all controls. A notebook that allows no scripts and no
    styles shows coloured text. The view hides elements of the class seqsal-saved-KEY.

    Args:
        result: the result to show.
        key: the key of the view.
    """
    frame = (
        f'<iframe srcdoc="{html.escape(page(result.to_fields()))}" title="Sequence Salience"'
        f' style="width: 100%; height: {_HEIGHT}px; border: 1px solid #8886; border-radius: 6px">'
        "</iframe>"
    )
    plain = f'<div class="seqsal-plain">{static_html(result)}</div>'
    return f'<div class="seqsal-saved seqsal-saved-{key}">{_style(key)}{frame}{plain}</div>'


def _style(key: str) -> str:
    """Returns styles that hide the plain text, and JupyterLab's message about a missing widget."""
    here = f".jp-OutputArea-child:has(+ .jp-OutputArea-child .seqsal-saved-{key})"
    return (
        "<style>.seqsal-plain { display: none }"
        f" {here}:not(:has(.seqsal-cell, .seqsal-saved)) {{ display: none }}</style>"
    )


class SavedOutput:
    """A second output below a view with its saved result; hidden while the view is shown."""

    def __init__(self, key: str) -> None:
        """Creates an empty output.

        Args:
            key: the key of the view.
        """
        self._key = key
        self._result: Result | None = None
        self._shown = False

    def show(self) -> None:
        """Displays the output in the current cell."""
        from IPython.display import display

        display(self._data(), raw=True, display_id=self._key)
        self._shown = True

    def update(self, result: Result) -> None:
        """Replaces the result in the output."""
        from IPython.display import update_display

        self._result = result
        if self._shown:
            update_display(self._data(), raw=True, display_id=self._key)

    def _data(self) -> dict[str, str]:
        shown = "" if self._result is None else output_html(self._result, self._key)
        return {"text/html": shown, "text/plain": ""}


@runtime_checkable
class BackgroundView(Protocol):
    """A view whose content is computed in the background."""

    def wait(self) -> None:
        """Blocks until the content is complete; raises ValueError if it cannot be computed."""


_shown: weakref.WeakSet[BackgroundView] = weakref.WeakSet()


def wait_after_each_cell(view: BackgroundView) -> None:
    """Makes cells of a notebook that runs unattended, as by nbconvert, wait for a view.

    nbclient discards messages that arrive between two cells, so a view has to be complete before
    its cell ends.
    """
    shell = sys.modules["IPython"].get_ipython()
    if not _is_unattended(shell):
        return
    if not _shown:
        shell.events.register("post_run_cell", _wait_for_views)
    _shown.add(view)


def _is_unattended(shell: Any) -> bool:
    """Whether the client that runs the current cell accepts no `input()`."""
    if not hasattr(shell, "kernel"):
        return False
    request: Any = shell.get_parent()
    return request.get("content", {}).get("allow_stdin") is False


def _wait_for_views(_: Any) -> None:
    for view in list(_shown):
        # The page shows the error, and reading the view raises it.
        with contextlib.suppress(ValueError):
            view.wait()
