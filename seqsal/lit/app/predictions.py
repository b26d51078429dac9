"""Calls models for LIT's handlers: our own models directly, without LIT's cache."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

from seqsal.lit.app import requests
from seqsal.lit.app.paths import CheckedPathsApp
from seqsal.lit.model_group.part import PartModel
from seqsal.models.progress import tasks, timings
from seqsal.shared import fields as field_names

MODEL_PATHS: Final = ("/get_preds", "/get_interpretations", "/get_metrics", "/get_generated")
"""LIT's paths that call models, and so may take long."""


class PredictionsApp(CheckedPathsApp):
    """LIT's app; models of ours queue for the device themselves and cache their own results."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Initializes the app as `CheckedPathsApp` does."""
        super().__init__(*args, **options)
        self._bypass_lit_cache()

    def predictions(
        self, model: str, records: Sequence[Mapping[str, Any]], fields: Sequence[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Yields a model's prediction for each record as soon as it is computed.

        Args:
            model: the name of the model.
            records: the inputs.
            fields: the fields of each prediction to yield; empty for all.

        Raises:
            ValueError: there is no such model, there are too many records, or the model's own
                predictions raise it.
        """
        requests.check_count(list(records), self._max_inputs)
        for prediction in self._model(model).predict(records):
            yield {name: prediction[name] for name in prediction if not fields or name in fields}

    def _model(self, name: str) -> lit_model.Model:
        """Returns a model.

        Raises:
            ValueError: there is none of this name; LIT itself would raise a bare KeyError.
        """
        if name not in self._models:
            raise ValueError(f"No model {name!r} here; the models are {', '.join(self._models)}.")
        return self._models[name]

    def _create_model(self, data: Any, model_name: Any = None, **kw: Any) -> Any:
        created = super()._create_model(data, model_name, **kw)
        self._bypass_lit_cache()
        return created

    def _bypass_lit_cache(self) -> None:
        """Replaces LIT's caching wrapper around our own models.

        Our models cache their results. LIT's cache (lit-nlp 1.3.1) holds a lock while it predicts,
        so that a click would wait for all prefetching, whatever its priority in the device queue.
        """
        for name, model in self._models.items():
            if isinstance(getattr(model, "wrapped", None), PartModel):
                self._models[name] = _UncachedModel(model.wrapped)

    def _warm_start(self, rate: float, progress_indicator: Any = None) -> None:
        """Predicts in advance, except salience: the selection is only known after a click."""
        models = self._info["models"]
        self._info["models"] = {
            name: model
            for name, model in models.items()
            if field_names.TARGET_MASK not in model["spec"]["input"]
        }
        try:
            super()._warm_start(rate, progress_indicator)
        finally:
            self._info["models"] = models

    def _get_interpretations(
        self, data: Any, model: str | None = None, dataset_name: Any = None, **kw: Any
    ) -> Any:
        """Returns interpretations; embeddings of prompts come without generating answers."""
        config = (data or {}).get("config") or {}
        field = config.get("field_name", config.get("embedding_name"))
        embeddings_model = field_names.embeddings_name(model or "")
        if field == field_names.PROMPT_EMBEDDINGS and embeddings_model in self._models:
            model = embeddings_model
        return super()._get_interpretations(data, model, dataset_name, **kw)

    def _get_metrics(self, data: Any, model: str | None = None, **kw: Any) -> Any:
        """Returns metrics; for a language model, over the examples that have a target."""
        inputs = (data or {}).get("inputs")
        if model is None or not inputs or not self._generates(model):
            return super()._get_metrics(data, model, **kw)
        inputs = [each for each in inputs if each["data"].get(field_names.TARGET)]
        if not inputs:
            return {name: [] for name in self._metrics}
        return super()._get_metrics({**data, "inputs": inputs}, model, **kw)

    def _generates(self, model: str) -> bool:
        """Returns whether a model generates responses to compare with a target."""
        response = self._model(model).output_spec().get(field_names.RESPONSE)
        return getattr(response, "parent", None) == field_names.TARGET

    def _get_preds(
        self,
        data: Mapping[str, Any],
        model: str | None = None,
        requested_types: str | None = None,
        requested_fields: str | None = None,
        **unused: Any,
    ) -> Sequence[Any]:
        """Returns predictions; LIT itself passes unknown options of the URL to the model."""
        for name in (requested_types or "").split(","):
            if name and not _is_lit_type(name):
                raise ValueError(f"requested_types must name types of LIT; got {name[:60]!r}.")
        # A request for several examples comes from LIT's prefetching, not from a click.
        tasks.current_task().prefetch = len(data["inputs"]) > 1
        with timings.measure("model"):
            predictions: Sequence[Any] = super()._get_preds(
                data, model, requested_types, requested_fields
            )
        return predictions


class _UncachedModel(lit_model.ModelWrapper):  # type: ignore[misc]
    """A model that accepts the options of LIT's cache and ignores them."""

    def predict(self, inputs: Iterable[Mapping[str, Any]], **_: Any) -> Iterable[Any]:
        """Returns the model's predictions."""
        predictions: Iterable[Any] = self.wrapped.predict(inputs)
        return predictions


def _is_lit_type(name: str) -> bool:
    found = getattr(lit_types, name, None)
    return isinstance(found, type) and issubclass(found, lit_types.LitType)
