"""The display settings of a view: three attributes, and all of them as one dictionary."""

from collections.abc import Mapping
from typing import Any, Final

import traitlets

from seqsal.results.scores import AGGREGATIONS
from seqsal.shared.resources import shared_data

GRANULARITIES: Final = tuple(shared_data("granularities.json"))
_DEFAULTS: Final = {"granularity": "sentences", "aggregation": "sum"}
"""Defaults of display settings, which `choices` leaves out."""


class DisplaySettings(traitlets.HasTraits):
    """The display settings of a view, which the page reads and writes.

    Attributes:
        granularity: tokens, words, sentences, lines, paragraphs, messages, or custom.
        method: the salience method that is shown; one of the model's methods.
        aggregation: sum, mean or max of the scores of a segment's tokens.
        choices: all display settings that differ from their defaults, with the names of the
            saved format (`view` in saved_result.schema.json).
    """

    granularity = traitlets.Enum(GRANULARITIES, "sentences")
    method = traitlets.Unicode()
    aggregation = traitlets.Enum(AGGREGATIONS, "sum")
    choices = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Unicode()).tag(
        sync=True
    )

    _methods = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _is_reading_choices = False

    def apply_choices(self, choices: Mapping[str, str]) -> None:
        """Applies the display settings of another view, without methods that are unknown here."""
        self.choices = {k: v for k, v in choices.items() if k != "method" or v in self._methods}

    def _keep_equal(self) -> None:
        """Reads `choices` once; from then on, it and the other attributes follow each other."""
        self._read_choices()
        self._write_choices()
        self.observe(self._write_choices, ["method", *_DEFAULTS])
        self.observe(self._read_choices, "choices")

    @traitlets.validate("method")
    def _check_method(self, proposal: Any) -> str:
        method: str = proposal["value"]
        if method not in self._methods:
            raise ValueError(f"method must be one of {', '.join(self._methods)}; got {method!r}.")
        return method

    def _write_choices(self, _: Any = None) -> None:
        """Copies method, granularity and aggregation into `choices`."""
        if self._is_reading_choices:
            return
        own = {name: getattr(self, name) for name in ("method", *_DEFAULTS)}
        others = {name: value for name, value in self.choices.items() if name not in own}
        changed = {name: value for name, value in own.items() if value != _DEFAULTS.get(name)}
        self.choices = others | changed

    def _read_choices(self, _: Any = None) -> None:
        """Copies method, granularity and aggregation from `choices`."""
        self._is_reading_choices = True
        try:
            for name, default in (_DEFAULTS | {"method": self._methods[0]}).items():
                setattr(self, name, self.choices.get(name, default))
        finally:
            self._is_reading_choices = False
