"""How LIT asks our models: directly, in turns, and not for what nobody has clicked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types

from seqsal.lit.app import requests as lit_requests
from seqsal.lit.app.guarded import GuardedApp
from seqsal.lit.model_group.part import PartModel
from seqsal.models.progress import tasks, timings
from seqsal.shared import fields as spec

MODEL_PATHS: Final = ("/get_preds", "/get_interpretations", "/get_metrics", "/get_generated")
"""LIT's paths that ask models, and so may take long."""


class AskingApp(GuardedApp):
    """LIT's app; it asks models of ours as they are to be asked."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Makes the app as `GuardedApp` does."""
        super().__init__(*args, **options)
        self._past_lits_cache()

    def predictions(
        self, model: str, records: Sequence[Mapping[str, Any]], fields: Sequence[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Yields a model's prediction for each record, as they come.

        Args:
            model: its name.
            records: the inputs.
            fields: what is wanted of a prediction; nothing for all.

        Raises:
            ValueError: there is no such model, there are too many records, or what its own
                predictions raise.
        """
        lit_requests.check_count(list(records), self._most_inputs)
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
        self._past_lits_cache()
        return created

    def _past_lits_cache(self) -> None:
        """Has our own models asked directly.

        They keep what they have computed, and LIT's cache (lit-nlp 1.3.1) holds a lock while it
        predicts: a click would wait for all that is asked ahead, whatever the queue says.
        """
        for name, model in self._models.items():
            if isinstance(getattr(model, "wrapped", None), PartModel):
                self._models[name] = _Direct(model.wrapped)

    def _warm_start(self, rate: float, progress_indicator: Any = None) -> None:
        """Asks models ahead, but not for salience: what to explain is known after a click."""
        models = self._info["models"]
        self._info["models"] = {
            name: model
            for name, model in models.items()
            if spec.TARGET_MASK not in model["spec"]["input"]
        }
        try:
            super()._warm_start(rate, progress_indicator)
        finally:
            self._info["models"] = models

    def _get_interpretations(
        self, data: Any, model: str | None = None, dataset_name: Any = None, **kw: Any
    ) -> Any:
        """Returns interpretations; points of prompts are had without answering the prompts."""
        config = (data or {}).get("config") or {}
        field = config.get("field_name", config.get("embedding_name"))
        placing = spec.embeddings_name(model or "")
        if field == spec.PROMPT_EMBEDDINGS and placing in self._models:
            model = placing
        return super()._get_interpretations(data, model, dataset_name, **kw)

    def _get_metrics(self, data: Any, model: str | None = None, **kw: Any) -> Any:
        """Returns metrics; of a language model, over the examples that have a target."""
        inputs = (data or {}).get("inputs")
        if model is None or not inputs or not self._answers(model):
            return super()._get_metrics(data, model, **kw)
        inputs = [each for each in inputs if each["data"].get(spec.TARGET)]
        if not inputs:
            return {name: [] for name in self._metrics}
        return super()._get_metrics({**data, "inputs": inputs}, model, **kw)

    def _answers(self, model: str) -> bool:
        """Returns whether a model writes answers that a target can be held against."""
        answer = self._model(model).output_spec().get(spec.RESPONSE)
        return getattr(answer, "parent", None) == spec.TARGET

    def _get_preds(
        self,
        data: Mapping[str, Any],
        model: str | None = None,
        requested_types: str | None = None,
        requested_fields: str | None = None,
        **unused: Any,
    ) -> Sequence[Any]:
        """Returns predictions; LIT itself hands further options of an address to the model."""
        for name in (requested_types or "").split(","):
            if name and not _is_lit_type(name):
                raise ValueError(f"requested_types names types of LIT; got {name[:60]!r}.")
        # What LIT asks of a whole dataset nobody has clicked for.
        tasks.current().ahead = len(data["inputs"]) > 1
        with timings.spending("model"):
            predictions: Sequence[Any] = super()._get_preds(
                data, model, requested_types, requested_fields
            )
        return predictions


class _Direct(lit_model.ModelWrapper):  # type: ignore[misc]
    """A model that takes what LIT hands to its cache, and has none."""

    def predict(self, inputs: Iterable[Mapping[str, Any]], **_: Any) -> Iterable[Any]:
        """Returns the model's predictions."""
        predictions: Iterable[Any] = self.wrapped.predict(inputs)
        return predictions


def _is_lit_type(name: str) -> bool:
    found = getattr(lit_types, name, None)
    return isinstance(found, type) and issubclass(found, lit_types.LitType)
