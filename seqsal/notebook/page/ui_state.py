"""What the page shows, for Python: examples, sequence, selection and scores."""

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
        model: the name of the model that is explained.
        pinned: whether it shows the pinned example.
        result: its text, what is selected in it, and the scores.
    """

    model: str
    pinned: bool
    result: Result


@dataclasses.dataclass(frozen=True)
class UiState:
    """What the page shows; everything is empty before anything is chosen.

    Attributes:
        dataset_name: the dataset that is shown.
        examples: the selected examples, as their fields.
        primary: of these, the one that is explained.
        pinned: the example that it is compared with.
        views: the modules of the page, those of the selected example first.
    """

    dataset_name: str | None = None
    examples: tuple[Mapping[str, Any], ...] = ()
    primary: Mapping[str, Any] | None = None
    pinned: Mapping[str, Any] | None = None
    views: tuple[ShownView, ...] = ()

    @property
    def result(self) -> Result | None:
        """What the first module shows, as `seqsal.explain` returns it."""
        return self.views[0].result if self.views else None

    @property
    def sequence(self) -> str:
        """The text after the prompt that was chosen: an answer of the model, or a target."""
        return self.result.target if self.result else ""

    @property
    def selection(self) -> tuple[tuple[int, int], ...]:
        """The tokens that are explained: ranges (start, end) in order, with gaps between."""
        return self.result.selection if self.result else ()

    @property
    def selected_text(self) -> str:
        """The text that is explained; a gap in the selection is "…"."""
        return self.result.selected_text if self.result else ""

    @property
    def scores(self) -> Scores:
        """By method, an array with one score for each token of prompt and sequence."""
        return self.result.scores if self.result else {}

    def to_pandas(self, granularity: str = "tokens") -> "pd.DataFrame":
        """Returns a row for each segment: text, region, selected, the scores and so on.

        Args:
            granularity: as `seqsal.Result.to_pandas` takes it.
        """
        import pandas as pd

        if self.result is None or not self.scores:
            return pd.DataFrame()
        return self.result.to_pandas(granularity)


def read(lit: LitApp) -> UiState:
    """Returns what the page has told the server last.

    Raises:
        ValueError: the page has told something that is no saved result.
    """
    told = lit.ui_state_tracker.state
    views = sorted(map(_view_of, lit.shown_views), key=lambda view: view.pinned)
    return UiState(
        dataset_name=told.dataset_name,
        examples=tuple(_fields(example) for example in told.selection),
        primary=_fields(told.primary) if told.primary else None,
        pinned=_fields(told.pinned) if told.pinned else None,
        views=tuple(views),
    )


def _fields(example: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an example without LIT's own notes on it."""
    return {name: value for name, value in example["data"].items() if not name.startswith("_")}


def _view_of(told: Mapping[str, Any]) -> ShownView:
    result = Result.from_json(json.dumps(told["result"]))
    return ShownView(model=told["model"], pinned=told["pinned"], result=result)
