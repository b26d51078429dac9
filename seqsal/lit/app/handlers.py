"""LIT's request handlers: validation before LIT reads a request, and readable errors after."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

from lit_nlp import app as lit_app
from lit_nlp.lib import utils, wsgi_app

from seqsal.lit.app import requests
from seqsal.lit.app.active_tasks import ActiveTasks
from seqsal.lit.app.errors import error_response
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
"""LIT's handlers that require a list of examples."""


class HandlersApp(lit_app.LitApp):  # type: ignore[misc]
    """LIT's WSGI app; an error response has a reason and a reference to the server's log."""

    def __init__(
        self,
        *args: Any,
        active_tasks: ActiveTasks | None = None,
        max_inputs: int = 10_000,
        **options: Any,
    ) -> None:
        """Initializes the app.

        Args:
            *args: as in LIT.
            active_tasks: where running requests are registered; None for a new registry.
            max_inputs: the maximum number of inputs of a request.
            **options: as in LIT.
        """
        self._active_tasks, self._max_inputs = active_tasks or ActiveTasks(), max_inputs
        super().__init__(*args, **options)

    def make_handler(self, fn: Callable[..., Any]) -> Handler:
        """Returns a request handler that reports an exception with its reason."""

        @functools.wraps(fn)
        def safe(app: wsgi_app.App, request: Any, environ: Any) -> Any:
            with timings.collect() as spent:
                try:
                    with timings.measure("total"), self._active_tasks.run(_task(request)):
                        content = self._call(fn, request)
                    response = app.respond(request, content, "application/json", 200)
                except Exception as error:  # The server survives any error of a request.
                    failed = error_response(error, request.path)
                    response = app.respond(request, failed.body, "text/plain", failed.status)
            response.headers["Server-Timing"] = timings.server_timing(_parts(spent))
            return response

        return safe

    def _call(self, fn: Callable[..., Any], request: Any) -> str:
        options = request.args.to_dict()
        simple = utils.coerce_bool(options.pop("response_simple_json", True))
        data = requests.read(request.get_data(), self._max_inputs)
        self._check_names(fn.__name__, options)
        if data and isinstance(data.get("inputs"), list) and "dataset_name" in options:
            data["inputs"] = self._reconstitute_inputs(data["inputs"], options["dataset_name"])
        if fn.__name__ in _NEED_EXAMPLES:
            requests.check_examples(data)
        return requests.to_json(requests.call(fn, data, options), simple=simple)

    def _check_names(self, handler: str, options: Mapping[str, str]) -> None:
        known: dict[str, Mapping[str, Any]] = {
            "model": self._models,
            "generator": self._generators,
            "interpreter": self._interpreters,
            "dataset_name": self._datasets,
        }
        if handler == "_create_dataset":  # Here the option names a kind of dataset.
            known["dataset_name"] = self._dataset_loaders
        for option, names in known.items():
            if option in options:
                requests.check_name(option.removesuffix("_name"), options[option], names)


def _task(request: Any) -> Task:
    """Returns the task that the server created for a request, or a new one."""
    task = tasks.current_task()
    return Task(request.remote_addr or "") if task is tasks.NO_TASK else task


def _parts(spent: timings.Spent) -> timings.Spent:
    """Returns the seconds of a request in the queue, the store, the model and the rest.

    The rest is LIT's own time: it reads and writes JSON, and prepares inputs for its cache.
    """
    queue, store, total = (spent.get(part, 0.0) for part in ("queue", "store", "total"))
    model = max(0.0, spent.get("model", 0.0) - queue - store)
    rest = max(0.0, total - model - queue - store)
    return {"queue": queue, "store": store, "model": model, "serialization": rest}
