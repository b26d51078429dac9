"""Requests to LIT: read and checked before LIT sees them, and errors that a person can read."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

from lit_nlp import app as lit_app
from lit_nlp.lib import utils, wsgi_app

from seqsal.lit.app import errors
from seqsal.lit.app import requests as lit_requests
from seqsal.lit.app.work import Work
from seqsal.models.progress import tasks, timings
from seqsal.models.progress.tasks import Task

Handler = Callable[[wsgi_app.App, Any, Any], Any]

_NEED_EXAMPLES: Final = (
    "_get_preds",
    "_get_generated",
    "_get_interpretations",
    "_get_metrics",
    "_annotate_new_data",
)
"""LIT's handlers that read examples, whatever else they need."""


class PlainApp(lit_app.LitApp):  # type: ignore[misc]
    """LIT's WSGI app; an error is its reason and a reference to the server's log."""

    def __init__(
        self, *args: Any, work: Work | None = None, most_inputs: int = 10_000, **options: Any
    ) -> None:
        """Makes the app.

        Args:
            *args: as in LIT.
            work: where requests are noted that run; None for a place of its own.
            most_inputs: how many inputs a request may have.
            **options: as in LIT.
        """
        self._work, self._most_inputs = work or Work(), most_inputs
        super().__init__(*args, **options)

    def make_handler(self, fn: Callable[..., Any]) -> Handler:
        """Returns a request handler that answers an exception with what to do about it."""

        @functools.wraps(fn)
        def safe(app: wsgi_app.App, request: Any, environ: Any) -> Any:
            with timings.measured() as spent:
                try:
                    with timings.spending("total"), self._work.on(_task(request)):
                        answer = self._answer(fn, request)
                    response = app.respond(request, answer, "application/json", 200)
                except Exception as error:  # Whatever it is, the server goes on.
                    fault = errors.explain(error, request.path)
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


def _task(request: Any) -> Task:
    """Returns the task that the server has made for a request, or a new one."""
    task = tasks.current()
    return Task(request.remote_addr or "") if task is tasks.UNWATCHED else task


def _parts(spent: timings.Spent) -> timings.Spent:
    """Returns the time of a request as waiting, the store, the model, and everything else.

    What LIT itself does is to read and write JSON, and to prepare inputs for its cache.
    """
    queue, store, total = (spent.get(part, 0.0) for part in ("queue", "store", "total"))
    model = max(0.0, spent.get("model", 0.0) - queue - store)
    rest = max(0.0, total - model - queue - store)
    return {"queue": queue, "store": store, "model": model, "serialization": rest}
