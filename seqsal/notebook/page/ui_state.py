"""The state of the page for Python: examples, sequence, selection and scores."""

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqsal.lit.app import LitApp
from seqsal.results.result import Result
from seqsal.results.scores import Scores

if TYPE_CHECKING:
    import pandas as pd


@dataclasses.dataclass(frozen=True)
class ShownView:
    """One Sequence Salience module of the page.

    Attributes:
        model: the name of the explained model.
        pinned: whether it shows the pinned example.
        result: its text, selection and scores.
    """

    model: str
    pinned: bool
    result: Result


@dataclasses.dataclass(frozen=True)
class UiState:
    """The state of the page; everything is empty before the first selection.

    Attributes:
        dataset_name: the name of the dataset that is shown.
        examples: the fields of the selected examples.
        primary: the fields of the explained example.
        pinned: the fields of the example that is compared with it.
        views: the modules of the page, those of the selected example first.
    """

    dataset_name: str | None = None
    examples: tuple[Mapping[str, Any], ...] = ()
    primary: Mapping[str, Any] | None = None
    pinned: Mapping[str, Any] | None = None
    views: tuple[ShownView, ...] = ()

    @property
    def result(self) -> Result | None:
        """The result of the first module, as `seqsal.explain` returns it."""
        return self.views[0].result if self.views else None

    @property
    def sequence(self) -> str:
        """The text after the prompt: an answer of the model, or a target."""
        return self.result.target if self.result else ""

    @property
    def selection(self) -> tuple[tuple[int, int], ...]:
        """The explained tokens: ranges (start, end), ascending, with gaps between them."""
        return self.result.selection if self.result else ()

    @property
    def selected_text(self) -> str:
        """The explained text; a gap in the selection is "…"."""
        return self.result.selected_text if self.result else ""

    @property
    def scores(self) -> Scores:
        """By method, an array with one score for each token of prompt and sequence."""
        return self.result.scores if self.result else {}

    def to_pandas(self, granularity: str = "tokens") -> "pd.DataFrame":
        """Returns one row per segment, as `seqsal.Result.to_pandas`; empty without scores.

        Args:
            granularity: as in `seqsal.Result.to_pandas`.
        """
        import pandas as pd

        if self.result is None or not self.scores:
            return pd.DataFrame()
        return self.result.to_pandas(granularity)


def read(lit: LitApp) -> UiState:
    """Returns the last state that the page sent to the server.

    Raises:
        ValueError: the page sent an invalid result.
    """
    state = lit.ui_state_tracker.state
    views = sorted(map(_view_of, lit.shown_views), key=lambda view: view.pinned)
    return UiState(
        dataset_name=state.dataset_name,
        examples=tuple(_fields(example) for example in state.selection),
        primary=_fields(state.primary) if state.primary else None,
        pinned=_fields(state.pinned) if state.pinned else None,
        views=tuple(views),
    )


def _fields(example: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of an example without LIT's internal ones."""
    return {name: value for name, value in example["data"].items() if not name.startswith("_")}


def _view_of(fields: Mapping[str, Any]) -> ShownView:
    result = Result.from_json(json.dumps(fields["result"]))
    return ShownView(model=fields["model"], pinned=fields["pinned"], result=result)
