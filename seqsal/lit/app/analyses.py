"""Analyses of many examples of a dataset."""

from collections.abc import Mapping, Sequence
from typing import Any

from seqsal.analysis.live import LiveAnalysis
from seqsal.analysis.records import RecordSource
from seqsal.analysis.settings import Settings
from seqsal.attribution.explainer import Explainer
from seqsal.lit.app import requests
from seqsal.lit.app.trails import TrailsApp
from seqsal.shared import fields


class AnalysesApp(TrailsApp):
    """LIT's app, which analyzes the examples that a client names."""

    def analysis(
        self,
        model: str,
        dataset: str,
        inputs: Sequence[str | Mapping[str, Any]],
        settings: Settings,
    ) -> LiveAnalysis:
        """Returns an analysis of examples that has not begun.

        Args:
            model: the name of the language model.
            dataset: the name of the dataset.
            inputs: the ids of examples of the dataset, or examples in LIT's format.
            settings: how they are analyzed.

        Raises:
            ValueError: there is no such model, dataset or example, the model has no attribution of
                seqsal, or there are no or too many examples.
        """
        requests.check_name("dataset", dataset, self._datasets)
        requests.check_count(list(inputs), self._max_inputs)
        if not inputs:
            raise ValueError("There is no example to analyze. Select some, or choose all.")
        group = self._group(model)
        examples = self._reconstitute_inputs(inputs, dataset)
        requests.check_examples({"inputs": examples})
        # LIT adds fields of its own to the data of an example, whose names begin with "_".
        values = (
            {name: value for name, value in example["data"].items() if not name.startswith("_")}
            for example in examples
        )
        return LiveAnalysis(model, group, RecordSource(dataset, None, tuple(values)), settings)

    def _group(self, name: str) -> dict[str, Any]:
        """Returns a language model with its salience model.

        Raises:
            ValueError: there is no such model, or no explainer of it.
        """
        scoring = fields.salience_name(name)
        group = {name: self._model(name), scoring: self._models.get(scoring)}
        unwrapped = {each: getattr(model, "wrapped", model) for each, model in group.items()}
        if not isinstance(getattr(unwrapped[scoring], "explainer", None), Explainer):
            raise ValueError(
                f"An analysis needs a model whose attribution is that of seqsal; {name!r} has none."
                " Load the model with seqsal, or with seqsal.get_models."
            )
        return unwrapped
