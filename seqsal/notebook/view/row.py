"""Views beside each other with the same display."""

from collections.abc import Sequence

import anywidget
import ipywidgets
import traitlets

from seqsal.notebook.view.widget import SalienceView
from seqsal.shared.built import built


class Row(anywidget.AnyWidget):
    """Views that stand side by side and share the choices of their display.

    Attributes:
        views: the views, from left to right; each is in step with its place in the row.
    """

    _esm = ""

    # `notebook-row.ts` of the front end finds the models of the views by this.
    _views: traitlets.List[SalienceView] = traitlets.List().tag(
        sync=True, **ipywidgets.widget_serialization
    )

    def __init__(self, views: Sequence[SalienceView]) -> None:
        """Has all views make the choices of the first; later ones are shared on the page.

        Raises:
            ValueError: the front end has not been built.
        """
        self._esm = built("seqsal-widget.js").read_text(encoding="utf-8")
        self.views = tuple(views)
        for view in self.views[1:]:
            view.take_choices(self.views[0].choices)
        super().__init__(_views=list(self.views))

    def _ipython_display_(self) -> None:
        """Shows the views, and below them what a saved notebook shows in their place."""
        from IPython.display import display

        shown = self._repr_mimebundle_()
        assert shown is not None
        data, metadata = shown
        display(data, metadata=metadata, raw=True)
        for view in self.views:
            view.show_saved_output()
