"""LIT's application, with what our module and notebooks need in addition."""

from typing import Any

from seqsal.lit.app.analyses import AnalysesApp


class LitApp(AnalysesApp):
    """LIT's WSGI app as seqsal serves it.

    Attributes:
        shown_views: the state of each view of our module, as the page saves it; empty unless
            sync_state is on.
    """

    def __init__(self, *args: Any, jobs: str = "", **options: Any) -> None:
        """Initializes the app.

        Args:
            *args: as in LIT.
            jobs: the URL of the jobs endpoint, relative to the page; empty if there is none.
            **options: as in LIT, and `active_tasks`, `max_inputs` (`HandlersApp`), `allowed_paths`
                (`CheckedPathsApp`) and `added` (`AddedExamplesApp`).
        """
        self._jobs = jobs
        self.shown_views: list[Any] = []
        super().__init__(*args, **options)
        self._wsgi_app._handlers["/push_view_state"] = self.make_handler(self._push_view_state)

    @property
    def paths(self) -> list[str]:
        """The paths that the app handles, apart from static files."""
        return list(self._wsgi_app._handlers)

    @property
    def layouts(self) -> list[str]:
        """The names of the layouts."""
        return list(self._layouts)

    def _build_metadata(self) -> dict[str, Any]:
        wants_state = self.ui_state_tracker is not None
        return {
            **super()._build_metadata(),
            "seqsal": {
                "wantsState": wants_state,
                "jobs": self._jobs,
                "keepsTrails": self.keeps_trails,
            },
        }

    def _push_view_state(self, data: Any, **_: Any) -> None:
        views = data.get("views") if isinstance(data, dict) else None
        if not isinstance(views, list):
            raise ValueError("Expected a JSON object with a list 'views'; got none.")
        if self.ui_state_tracker is None:
            raise ValueError("This server does not track the state of its page.")
        self.shown_views = views
