"""LIT's application, with errors that a person can read and no traceback in them."""

import contextlib
import dataclasses
import functools
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from absl import logging
from lit_nlp import app as lit_app
from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import model as lit_model
from lit_nlp.api import types as lit_types
from lit_nlp.lib import utils, wsgi_app

from seqsal import spec, tasks, timings
from seqsal.datasets.added import AddedPrompts
from seqsal.models import group
from seqsal.serving import lit_requests
from seqsal.serving.paths import AllowedPaths
from seqsal.serving.work import ClosedError, TooLongError, Work
from seqsal.tasks import CancelledError, Task

Handler = Callable[[wsgi_app.App, Any, Any], Any]

_NEED_EXAMPLES: Final = (
    "_get_preds",
    "_get_generated",
    "_get_interpretations",
    "_get_metrics",
    "_annotate_new_data",
)
"""LIT's handlers that read examples, whatever else they need."""

_DETAILS: Final = "\n\nDetails: "
"""LIT's page shows, as an error's title, what stands before this in the body."""


class LitApp(lit_app.LitApp):  # type: ignore[misc]
    """LIT's WSGI app; an error is its reason and a reference to the server's log.

    Attributes:
        shown_views: what our module shows, each as the page saves it, where sync_state is on.
    """

    def __init__(
        self,
        *args: Any,
        allowed_paths: AllowedPaths,
        added: AddedPrompts | None = None,
        work: Work | None = None,
        jobs: str = "",
        most_inputs: int = 10_000,
        **options: Any,
    ) -> None:
        """Makes the app.

        Args:
            *args: as in LIT.
            allowed_paths: what the page may load and save.
            added: the prompts that users add, where they are kept.
            work: where requests are noted that run; None for a place of its own.
            jobs: the address of jobs, relative to the page; empty where the server has none.
            most_inputs: how many inputs a request may have.
            **options: as in LIT.
        """
        self._most_inputs = most_inputs
        self._allowed, self._added = allowed_paths, added
        self._work, self._jobs = work or Work(), jobs
        self.shown_views: list[Any] = []
        super().__init__(*args, **options)
        self._past_lits_cache()
        self._wsgi_app._handlers["/push_view_state"] = self.make_handler(self._push_view_state)

    def make_handler(self, fn: Callable[..., Any]) -> Handler:
        """Returns a request handler that answers an exception with what to do about it."""

        @functools.wraps(fn)
        def safe(app: wsgi_app.App, request: Any, environ: Any) -> Any:
            with timings.measured() as spent:
                try:
                    client = request.remote_addr or ""
                    with timings.spending("total"), self._work.on(Task(client)):
                        answer = self._answer(fn, request)
                    response = app.respond(request, answer, "application/json", 200)
                except Exception as error:  # Whatever it is, the server goes on.
                    fault = explain(error, request.path)
                    response = app.respond(request, fault.body, "text/plain", fault.status)
            response.headers["Server-Timing"] = timings.server_timing(_parts(spent))
            return response

        return safe

    def _answer(self, fn: Callable[..., Any], request: Any) -> str:
        options = request.args.to_dict()
        simple = utils.coerce_bool(options.pop("response_simple_json", True))
        data = lit_requests.read(request.get_data(), self._most_inputs)
        self._check_names(fn.__name__, options)
        if data and isinstance(data.get("inputs"), list) and "dataset_name" in options:
            data["inputs"] = self._reconstitute_inputs(data["inputs"], options["dataset_name"])
        if fn.__name__ in _NEED_EXAMPLES:
            lit_requests.check_examples(data)
        return lit_requests.write(lit_requests.call(fn, data, options), simple)

    def _check_names(self, handler: str, options: Mapping[str, str]) -> None:
        known: dict[str, Mapping[str, Any]] = {
            "model": self._models,
            "generator": self._generators,
            "interpreter": self._interpreters,
            "dataset_name": self._datasets,
        }
        if handler == "_create_dataset":  # There it is the kind of dataset.
            known["dataset_name"] = self._dataset_loaders
        for what, names in known.items():
            if what in options:
                lit_requests.check_name(what.removesuffix("_name"), options[what], names)

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

    @property
    def paths(self) -> list[str]:
        """The paths that the app answers, beside its static files."""
        return list(self._wsgi_app._handlers)

    @property
    def layouts(self) -> list[str]:
        """The names of the layouts."""
        return list(self._layouts)

    @property
    def dataset_names(self) -> list[str]:
        """The names of the datasets that the page offers."""
        return [name for name in self._datasets if not name.startswith("_")]

    def add_examples(self, dataset_name: str, examples: Sequence[Mapping[str, Any]]) -> list[str]:
        """Puts examples into a dataset, for pages that are opened from now on.

        One that the dataset has already is not added again.

        Args:
            dataset_name: one of the datasets.
            examples: with the fields of the dataset.

        Returns:
            the id of each.
        """
        dataset = self._datasets[dataset_name]
        given = {each["id"]: each for each in dataset.index_inputs([dict(x) for x in examples])}
        new = [each for each_id, each in given.items() if each_id not in dataset.index]
        self._datasets[dataset_name] = lit_dataset.IndexedDataset(
            base=dataset,
            indexed_examples=[*dataset.indexed_examples, *new],
            id_fn=dataset.id_fn,
        )
        self._info = self._build_metadata()
        return list(given)

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

    def _save_datapoints(
        self, data: Any, dataset_name: Any = None, path: Any = None, **kw: Any
    ) -> Any:
        with _told_of_files():
            return super()._save_datapoints(data, dataset_name, self._checked(path), **kw)

    def _load_datapoints(
        self, data: Any, dataset_name: Any = None, path: Any = None, **kw: Any
    ) -> Any:
        with _told_of_files():
            return super()._load_datapoints(data, dataset_name, self._checked(path), **kw)

    def _create_dataset(self, data: Any, dataset_name: Any = None, **kw: Any) -> Any:
        self._check_config(data, of_model=False)
        return super()._create_dataset(data, dataset_name, **kw)

    def _create_model(self, data: Any, model_name: Any = None, **kw: Any) -> Any:
        self._check_config(data, of_model=True)
        created = super()._create_model(data, model_name, **kw)
        self._past_lits_cache()
        return created

    def _past_lits_cache(self) -> None:
        """Has our own models asked directly.

        They keep what they have computed, and LIT's cache (lit-nlp 1.3.1) holds a lock while it
        predicts: a click would wait for all that is asked ahead, whatever the queue says.
        """
        for name, model in self._models.items():
            if isinstance(getattr(model, "wrapped", None), group.MODELS):
                self._models[name] = _Direct(model.wrapped)

    def _get_info(self, data: Any, **kw: Any) -> Any:
        info = super()._get_info(data, **kw)
        if self._added is None or not (fault := self._added.fault):
            return info
        return {**info, "pageTitle": f"{info['pageTitle']} (not saving: {fault})"}

    def _get_dataset(self, data: Any, dataset_name: Any = None, **kw: Any) -> Any:
        self._bring_in_added(dataset_name)
        return super()._get_dataset(data, dataset_name, **kw)

    def _reconstitute_inputs(self, inputs: Any, dataset_name: Any) -> Any:
        ids = [example for example in inputs if isinstance(example, str)]
        if not all(each in self._datasets[dataset_name].index for each in ids):
            self._bring_in_added(dataset_name)  # Another process of this server may have them.
        index = self._datasets[dataset_name].index
        if unknown := [each for each in ids if each not in index]:
            raise ValueError(f"The dataset {dataset_name!r} has no example {unknown[0][:60]!r}.")
        return super()._reconstitute_inputs(inputs, dataset_name)

    def _annotate_new_data(self, data: Any, dataset_name: Any = None, **kw: Any) -> Any:
        """Returns new examples with their ids; prompts are kept before it does."""
        if self._added is None or dataset_name not in self._datasets:
            return super()._annotate_new_data(data, dataset_name, **kw)
        self._bring_in_added(dataset_name)
        dataset = self._datasets[dataset_name]
        self._added.mark(dataset, data["inputs"])
        inputs = super()._annotate_new_data(data, dataset_name, **kw)
        self._added.keep(dataset_name, dataset, inputs)
        return inputs

    def _bring_in_added(self, dataset_name: Any) -> None:
        """Has a dataset hold the prompts that were added to it, by this process or another."""
        if self._added is None or dataset_name not in self._datasets:
            return
        if missing := self._added.missing(dataset_name, self._datasets[dataset_name]):
            self.add_examples(dataset_name, missing)

    def _checked(self, path: Any) -> str:
        if not isinstance(path, str) or not path:
            raise ValueError("A 'path' is needed; got none.")
        return self._allowed.check(path)

    def _check_config(self, data: Any, *, of_model: bool) -> None:
        config = data.get("config") if isinstance(data, dict) else None
        if not isinstance(config, dict):
            raise ValueError("A JSON object with a 'config' object is needed; got none.")
        self._allowed.check_config(config, of_model=of_model)

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


@contextlib.contextmanager
def _told_of_files() -> Iterator[None]:
    """Has whoever named a file told why it can not be read or written."""
    try:
        yield
    except OSError as error:
        raise ValueError(f"{error.filename!r}: {error.strerror}.") from error


def _is_lit_type(name: str) -> bool:
    found = getattr(lit_types, name, None)
    return isinstance(found, type) and issubclass(found, lit_types.LitType)


def _parts(spent: timings.Spent) -> timings.Spent:
    """Returns the time of a request as waiting, the store, the model, and everything else.

    What LIT itself does is to read and write JSON, and to prepare inputs for its cache.
    """
    queue, store, total = (spent.get(part, 0.0) for part in ("queue", "store", "total"))
    model = max(0.0, spent.get("model", 0.0) - queue - store)
    rest = max(0.0, total - model - queue - store)
    return {"queue": queue, "store": store, "model": model, "serialization": rest}


@dataclasses.dataclass(frozen=True)
class Fault:
    """What a person is told of an exception.

    Attributes:
        status: the HTTP status.
        reason: what went wrong, and what to do.
        reference: where the log tells more.
    """

    status: int
    reason: str
    reference: str

    @property
    def body(self) -> str:
        """All of it, as LIT's page reads it."""
        return f"{self.reason}{_DETAILS}reference {self.reference}"


def explain(error: Exception, path: str) -> Fault:
    """Returns what a person is told of an exception.

    A ValueError is about the input, and its message is written for the user. Anything else is
    a fault of the program: its traceback goes to the log, under the reference in the text.
    """
    reference = secrets.token_hex(4)
    if isinstance(error, TooLongError):
        return Fault(503, str(error), reference)
    if isinstance(error, ClosedError | CancelledError):
        return Fault(503, str(ClosedError()), reference)
    if isinstance(error, RecursionError):
        error = ValueError("The JSON of the request is nested too deeply.")
    if isinstance(error, ValueError):
        logging.info("%s: %s (reference %s)", path, error, reference)
        return Fault(400, str(error), reference)
    logging.error("%s failed (reference %s)", path, reference, exc_info=error)
    reason = (
        f"Something went wrong in the server ({type(error).__name__})."
        f" Its log has the details under reference {reference}."
    )
    return Fault(500, reason, reference)
