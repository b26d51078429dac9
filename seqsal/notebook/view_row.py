"""Views beside each other with the same display."""

from collections.abc import Sequence

import ipywidgets

from seqsal.notebook.view_widget import SalienceView

_LEAST_WIDTH = "430px"
"""Views that would be narrower stand below each other."""


class Row(ipywidgets.Box):  # type: ignore[misc]
    """Views that stand side by side and share the choices of their display.

    Attributes:
        views: the views, from left to right.
        links: what keeps their choices in step.
    """

    def __init__(self, views: Sequence[SalienceView]) -> None:
        self.views = tuple(views)
        for view in views:
            view.layout.min_width = "0"
        # Linked on the page, so that they stay in step where there is no kernel.
        self.links = [
            ipywidgets.jslink((views[0], "choices"), (other, "choices")) for other in views[1:]
        ]
        super().__init__(
            children=self.views,
            layout=ipywidgets.Layout(
                display="grid",
                grid_template_columns=f"repeat(auto-fit, minmax(min({_LEAST_WIDTH}, 100%), 1fr))",
                grid_gap="8px",
            ),
        )

    def _ipython_display_(self) -> None:
        """Shows the views, and below them what a saved notebook shows in their place."""
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        for view in self.views:
            view.show_saved_output()
