"""Several views side by side that share their display settings."""

from collections.abc import Sequence

import anywidget
import ipywidgets
import traitlets

from seqsal.notebook.view.widget import SalienceView
from seqsal.shared.resources import frontend_file


class Row(anywidget.AnyWidget):
    """Views side by side; a display setting that changes in one changes in all.

    Attributes:
        views: the views, from left to right. Each is synchronized with its part of the row.
    """

    _esm = ""

    # `host/notebook/row.ts` of the front end finds the models of the views in this trait.
    _views: traitlets.List[SalienceView] = traitlets.List().tag(
        sync=True, **ipywidgets.widget_serialization
    )

    def __init__(self, views: Sequence[SalienceView]) -> None:
        """Copies the display settings of the first view to the others.

        The page shares later changes.

        Raises:
            ValueError: the front end has not been built.
        """
        self._esm = frontend_file("seqsal-widget.js").read_text(encoding="utf-8")
        self.views = tuple(views)
        for view in self.views[1:]:
            view.apply_choices(self.views[0].choices)
        super().__init__(_views=list(self.views))

    def _ipython_display_(self) -> None:
        """Displays the views, and below them the output that a saved notebook shows instead."""
        from IPython.display import display

        bundle = self._repr_mimebundle_()
        assert bundle is not None
        data, metadata = bundle
        display(data, metadata=metadata, raw=True)
        for view in self.views:
            view.show_saved_output()
