"""The factory of the ASGI app; it opens no socket."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from a2wsgi import WSGIMiddleware
from lit_nlp.api import dataset as lit_dataset
from lit_nlp.api import layout as lit_layout
from lit_nlp.api import model as lit_model
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from seqsal import datasets as prompt_datasets
from seqsal.lit import configure, prompt_tools
from seqsal.lit.added_prompts import AddedPrompts
from seqsal.lit.app import LitApp
from seqsal.lit.app.active_tasks import ActiveTasks
from seqsal.lit.app.allowed_paths import AllowedPaths
from seqsal.lit.app.errors import error_response
from seqsal.lit.app.predictions import MODEL_PATHS
from seqsal.lit.client.files import Files
from seqsal.lit.client.root import client_root
from seqsal.lit.layouts import get_layouts
from seqsal.lit.models import load_all
from seqsal.models import device_queue
from seqsal.models.progress import bars
from seqsal.options import Options
from seqsal.server.jobs import stream
from seqsal.server.metrics import Metrics
from seqsal.server.middleware import hosts, log, prefix, token
from seqsal.server.middleware.body_limit import BodyLimitMiddleware
from seqsal.server.middleware.concurrency_limit import ConcurrencyLimitMiddleware
from seqsal.server.middleware.disconnect import CancelOnDisconnectMiddleware
from seqsal.server.middleware.security_headers import SecurityHeadersMiddleware
from seqsal.store.store import Store, open_store

_REQUEST_THREADS: Final = 16
_PAGE_TITLE: Final = "Sequence Salience"
_INDEX: Final = "static/index.html"


def make_app(
    options: Options | None = None,
    *,
    models: Mapping[str, lit_model.Model] | None = None,
    datasets: Mapping[str, lit_dataset.Dataset] | None = None,
    layouts: Mapping[str, lit_layout.LitCanonicalLayout] | None = None,
    client_base: str | None = None,
    **lit_options: Any,
) -> Starlette:
    """Returns the whole server as an ASGI app.

    Its `state.lit` is the LIT app, and its `state.active_tasks` are the running tasks.

    Args:
        options: what to load; None for the embedded models and the sample prompts.
        models: LIT models to serve instead of those in the options.
        datasets: LIT datasets to serve instead of those in the options.
        layouts: layouts to offer instead of `seqsal.get_layouts()`.
        client_base: a LIT build to add the module to; None for that of the installed lit-nlp.
        **lit_options: further arguments of `lit_nlp.app.LitApp`, such as page_title.

    Raises:
        ValueError: a model or dataset in the options cannot be loaded.
        TypeError: an argument in lit_options is unknown to LitApp.
    """
    settings = options or Options()
    metrics = Metrics()
    middleware = _middleware(settings, metrics)
    root = client_root(client_base)
    page_files = Files(directory=root)
    store = _open_store(settings, lit_options)
    active_tasks = ActiveTasks(settings.max_seconds)
    ours = {"active_tasks": active_tasks, "jobs": f".{stream.PATH}"}
    with bars.show_progress(None):
        lit = _make_lit_app(
            settings, root, store, models, datasets, layouts, {**lit_options, **ours}
        )
    metrics.add_gauge("seqsal_queue_length", "Tasks that wait for a device.", device_queue.waiting)
    metrics.add_gauge("seqsal_work", "Tasks that run or wait.", lambda: active_tasks.count)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        if store is not None:
            store.close()

    wsgi = WSGIMiddleware(lit, workers=_REQUEST_THREADS)
    # A separate thread pool: the page opens however many requests wait for a model.
    model_wsgi = CancelOnDisconnectMiddleware(WSGIMiddleware(lit, workers=settings.max_waiting))
    jobs = stream.JobsEndpoint(lit.predictions, lit.analysis, active_tasks, metrics)
    app = Starlette(
        routes=[
            Route("/", _index(page_files)),
            Route("/index.html", _index(page_files)),
            Route("/metrics", metrics.endpoint),
            *(Route(path, _health(active_tasks, store)) for path in token.OPEN_PATHS),
            Route(stream.PATH, jobs.endpoint, methods=["POST"]),
            *(
                Route(path, model_wsgi if path in MODEL_PATHS else wsgi, methods=["GET", "POST"])
                for path in lit.paths
            ),
            Mount("/", page_files),
        ],
        middleware=middleware,
        exception_handlers={Exception: _handle_error},
        lifespan=lifespan,
    )
    app.state.lit, app.state.active_tasks = lit, active_tasks
    return app


def _middleware(settings: Options, metrics: Metrics) -> list[Middleware]:
    """Returns the middleware around the app, the outermost first."""
    if settings.log_requests:
        log.to_standard_error()
    secret = token.check(settings.auth_token)
    return [
        Middleware(hosts.RefuseWebSocketsMiddleware),
        Middleware(prefix.PrefixMiddleware, prefix=prefix.check(settings.url_prefix)),
        Middleware(token.PathTokenMiddleware, token=secret),
        Middleware(log.LogMiddleware, metrics=metrics),
        Middleware(
            SecurityHeadersMiddleware,
            allowed_hosts=settings.allowed_hosts,
            frame_ancestors=settings.frame_ancestors,
        ),
        Middleware(hosts.HostMiddleware, allowed=settings.allowed_hosts),
        Middleware(token.TokenMiddleware, token=secret),
        Middleware(ConcurrencyLimitMiddleware, max_requests=settings.max_waiting),
        Middleware(BodyLimitMiddleware, max_bytes=int(settings.max_request_mb * 1e6)),
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6),
    ]


def get_wsgi_app(
    options: Options | None = None, *, client_base: str | None = None, **lit_options: Any
) -> LitApp:
    """Returns only the LIT app, for WSGI servers such as gunicorn.

    Errors and path checks are those of `make_app`. The middleware of `make_app` (hosts, token,
    limits, caching) is absent: the WSGI server or a proxy has to provide it.

    Args:
        options: what to load; None for the embedded models and the sample prompts.
        client_base: a LIT build to add the module to; None for that of the installed lit-nlp.
        **lit_options: further arguments of `lit_nlp.app.LitApp`, such as page_title.

    Raises:
        ValueError: a model or dataset in the options cannot be loaded.
    """
    root = client_root(client_base)
    settings = options or Options()
    store = _open_store(settings, lit_options)
    with bars.show_progress(None):
        return _make_lit_app(settings, root, store, None, None, None, lit_options)


def _open_store(settings: Options, lit_options: Mapping[str, Any]) -> Store | None:
    if "data_dir" in lit_options:
        raise ValueError(
            "data_dir is an option of seqsal: expected Options(data_dir=...), got it as an argument"
            " of LIT, whose own cache is not used."
        )
    return open_store(settings.data_dir, settings.store_mb)


def _make_lit_app(
    settings: Options,
    root: str,
    store: Store | None,
    models: Mapping[str, lit_model.Model] | None,
    datasets: Mapping[str, lit_dataset.Dataset] | None,
    layouts: Mapping[str, lit_layout.LitCanonicalLayout] | None,
    lit_options: Mapping[str, Any],
) -> LitApp:
    all_layouts = dict(layouts or get_layouts())
    default_layout = lit_options.get("default_layout") or next(iter(all_layouts))
    if default_layout not in all_layouts:
        raise ValueError(
            f"default_layout must be one of {', '.join(all_layouts)}; got {default_layout!r}."
        )
    defaults = {
        "interpreters": prompt_tools.interpreters(),
        "generators": prompt_tools.generators(),
        "page_title": _PAGE_TITLE,
        "model_loaders": configure.model_loaders(settings, store),
        "dataset_loaders": {
            "Prompts": (prompt_datasets.Prompts, prompt_datasets.Prompts.init_spec())
        },
    }
    return LitApp(
        models=load_all(settings, store) if models is None else models,
        datasets=(
            prompt_datasets.get_datasets(settings.datasets, settings.max_examples)
            if datasets is None
            else datasets
        ),
        layouts=all_layouts,
        client_root=root,
        allowed_paths=AllowedPaths([*settings.allow_paths, *_configured_paths(settings)]),
        added=None if store is None else AddedPrompts(store),
        max_inputs=settings.max_inputs,
        **{**defaults, **lit_options, "default_layout": default_layout},
    )


def _configured_paths(settings: Options) -> list[str]:
    """Returns the paths of the models and datasets in the options."""
    configs = (*settings.models, *settings.datasets)
    return [config.partition(":")[2] for config in configs if ":" in config]


def _health(active_tasks: ActiveTasks, store: Store | None) -> Any:
    async def health(request: Request) -> Response:
        # The response is not secret, and notebooks request it from pages of other origins.
        cors = {"Access-Control-Allow-Origin": "*"}
        if active_tasks.closed and request.url.path == token.READY_PATH:
            return PlainTextResponse("stopping", 503, cors)
        fault = "" if store is None else store.fault
        return PlainTextResponse(f"ok\nNot saving: {fault}." if fault else "ok", headers=cors)

    return health


def _index(page_files: Files) -> Any:
    async def index(request: Request) -> Response:
        # With an ETag and no-cache: the page follows an upgrade, and is sent only if it changed.
        return await page_files.get_response(_INDEX, request.scope)

    return index


async def _handle_error(request: Request, error: Exception) -> Response:
    failed = error_response(error, request.url.path)
    return PlainTextResponse(failed.body, failed.status)
