"""What a saved notebook shows of a view where the state of widgets has not been saved."""

import html

from seqsal.results.export.html import page
from seqsal.results.export.picture.spans import spans
from seqsal.results.result import Result

_HEIGHT = 480
"""In pixels."""


def output_html(result: Result, key: str) -> str:
    """Returns HTML that shows a result without a kernel, and nothing while its view is there.

    Notebooks that are trusted show it with all controls; others, which let no script and no style
    through, as a text with its heat. A view hides what is of the class seqsal-saved-KEY.

    Args:
        result: what is shown.
        key: the key of the view.
    """
    frame = (
        f'<iframe srcdoc="{html.escape(page(result.to_fields()))}" title="Sequence Salience"'
        f' style="width: 100%; height: {_HEIGHT}px; border: 1px solid #8886; border-radius: 6px">'
        "</iframe>"
    )
    plain = f'<div class="seqsal-plain">{spans(result)}</div>'
    return f'<div class="seqsal-saved seqsal-saved-{key}">{_style(key)}{frame}{plain}</div>'


def _style(key: str) -> str:
    """Returns what hides the plain text, and JupyterLab's word of a widget that never comes."""
    here = f".jp-OutputArea-child:has(+ .jp-OutputArea-child .seqsal-saved-{key})"
    return (
        "<style>.seqsal-plain { display: none }"
        f" {here}:not(:has(.seqsal-cell, .seqsal-saved)) {{ display: none }}</style>"
    )


class SavedOutput:
    """A second output below a view, which holds what is known; seen only without the view."""

    def __init__(self, key: str) -> None:
        """Begins without an output.

        Args:
            key: the key of the view.
        """
        self._key = key
        self._result: Result | None = None
        self._shown = False

    def show(self) -> None:
        """Puts the output below what is displayed in this cell."""
        from IPython.display import display

        display(self._data(), raw=True, display_id=self._key)
        self._shown = True

    def update(self, result: Result) -> None:
        """Has the output hold a result."""
        from IPython.display import update_display

        self._result = result
        if self._shown:
            update_display(self._data(), raw=True, display_id=self._key)

    def _data(self) -> dict[str, str]:
        shown = "" if self._result is None else output_html(self._result, self._key)
        return {"text/html": shown, "text/plain": ""}
