"""LIT's application, whole, with what our module and notebooks need of it."""

from typing import Any

from seqsal.lit.app.adding import AddingApp


class LitApp(AddingApp):
    """LIT's WSGI app as seqsal serves it.

    Attributes:
        shown_views: what our module shows, each as the page saves it, where sync_state is on.
    """

    def __init__(self, *args: Any, jobs: str = "", **options: Any) -> None:
        """Makes the app.

        Args:
            *args: as in LIT.
            jobs: the address of jobs, relative to the page; empty where the server has none.
            **options: as in LIT, and `work`, `most_inputs` (`PlainApp`), `allowed_paths`
                (`GuardedApp`) and `added` (`AddingApp`).
        """
        self._jobs = jobs
        self.shown_views: list[Any] = []
        super().__init__(*args, **options)
        self._wsgi_app._handlers["/push_view_state"] = self.make_handler(self._push_view_state)

    @property
    def paths(self) -> list[str]:
        """The paths that the app answers, beside its static files."""
        return list(self._wsgi_app._handlers)

    @property
    def layouts(self) -> list[str]:
        """The names of the layouts."""
        return list(self._layouts)

    def _build_metadata(self) -> dict[str, Any]:
        wants_state = self.ui_state_tracker is not None
        return {
            **super()._build_metadata(),
            "seqsal": {"wantsState": wants_state, "jobs": self._jobs},
        }

    def _push_view_state(self, data: Any, **_: Any) -> None:
        views = data.get("views") if isinstance(data, dict) else None
        if not isinstance(views, list):
            raise ValueError("A JSON object with a list of 'views' is needed; got none.")
        if self.ui_state_tracker is None:
            raise ValueError("This server does not ask for the state of its page.")
        self.shown_views = views
