"""LIT's application, with errors that a person can read and no traceback in them."""

import functools
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from absl import logging
from lit_nlp import app as lit_app
from lit_nlp.lib import wsgi_app

from seqsal import spec, timings
from seqsal.serving.paths import AllowedPaths

Handler = Callable[[wsgi_app.App, Any, Any], Any]

_DETAILS: Final = "\n\nDetails: "
"""LIT's page shows, as an error's title, what stands before this in the body."""


class LitApp(lit_app.LitApp):  # type: ignore[misc]
    """LIT's WSGI app; an error is its reason and a reference to the server's log."""

    def __init__(self, *args: Any, allowed_paths: AllowedPaths, **options: Any) -> None:
        """Makes the app.

        Args:
            *args: as in LIT.
            allowed_paths: what the page may load and save.
            **options: as in LIT.
        """
        self._allowed = allowed_paths
        super().__init__(*args, **options)

    def make_handler(self, fn: Callable[..., Any]) -> Handler:
        """Returns a request handler that answers an exception with what to do about it."""
        handle = super().make_handler(fn)

        @functools.wraps(fn)
        def safe(app: wsgi_app.App, request: Any, environ: Any) -> Any:
            with timings.measured() as spent:
                try:
                    with timings.spending("total"):
                        response = handle(app, request, environ)
                except Exception as error:  # Whatever it is, the server goes on.
                    status, body = explain(error, request.path)
                    response = app.respond(request, body, "text/plain", status)
            response.headers["Server-Timing"] = timings.server_timing(_parts(spent))
            return response

        return safe

    @property
    def paths(self) -> list[str]:
        """The paths that the app answers, beside its static files."""
        return list(self._wsgi_app._handlers)

    def _save_datapoints(
        self, data: Any, dataset_name: Any = None, path: Any = None, **kw: Any
    ) -> Any:
        return super()._save_datapoints(data, dataset_name, self._checked(path), **kw)

    def _load_datapoints(
        self, data: Any, dataset_name: Any = None, path: Any = None, **kw: Any
    ) -> Any:
        return super()._load_datapoints(data, dataset_name, self._checked(path), **kw)

    def _create_dataset(self, data: Any, dataset_name: Any = None, **kw: Any) -> Any:
        self._check_config(data)
        return super()._create_dataset(data, dataset_name, **kw)

    def _create_model(self, data: Any, model_name: Any = None, **kw: Any) -> Any:
        self._check_config(data)
        return super()._create_model(data, model_name, **kw)

    def _checked(self, path: Any) -> str:
        if not isinstance(path, str) or not path:
            raise ValueError("A 'path' is needed; got none.")
        return self._allowed.check(path)

    def _check_config(self, data: Any) -> None:
        config = data.get("config") if isinstance(data, dict) else None
        if not isinstance(config, dict):
            raise ValueError("A JSON object with a 'config' object is needed; got none.")
        self._allowed.check_config(config)

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

    def _get_preds(
        self, data: Mapping[str, Any], model: str | None = None, **options: Any
    ) -> Sequence[Any]:
        """Returns predictions; LIT itself answers an unknown model with a bare KeyError."""
        if model is not None and model not in self._models:
            raise ValueError(f"No model {model!r} here; the models are {', '.join(self._models)}.")
        if not data or not isinstance(data.get("inputs"), list):
            raise ValueError("Predictions need a JSON object with a list of 'inputs'; got none.")
        with timings.spending("model"):
            predictions: Sequence[Any] = super()._get_preds(data, model, **options)
        return predictions


def _parts(spent: timings.Spent) -> timings.Spent:
    """Returns the time of a request as waiting, the model, and everything else.

    What LIT itself does is to read and write JSON, and to prepare inputs for its cache.
    """
    queue, total = spent.get("queue", 0.0), spent.get("total", 0.0)
    model = max(0.0, spent.get("model", 0.0) - queue)
    return {"queue": queue, "model": model, "serialization": max(0.0, total - model - queue)}


def explain(error: Exception, path: str) -> tuple[int, str]:
    """Returns the HTTP status and the text that a person sees for an exception.

    A ValueError is about the input, and its message is written for the user. Anything else is
    a fault of the program: its traceback goes to the log, under the reference in the text.
    """
    reference = secrets.token_hex(4)
    if isinstance(error, RecursionError):
        error = ValueError("The JSON of the request is nested too deeply.")
    if isinstance(error, ValueError):
        logging.info("%s: %s (reference %s)", path, error, reference)
        return 400, f"{error}{_DETAILS}reference {reference}"
    logging.error("%s failed (reference %s)", path, reference, exc_info=error)
    reason = (
        f"Something went wrong in the server ({type(error).__name__})."
        f" Its log has the details under reference {reference}."
    )
    return 500, f"{reason}{_DETAILS}reference {reference}"
