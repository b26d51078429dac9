"""The server: a factory for the ASGI app, and nothing that needs a socket."""

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

from seqsal import datasets
from seqsal.lit import configure, layouts, models, prompt_tools
from seqsal.lit.added_prompts import AddedPrompts
from seqsal.lit.app import LitApp, errors
from seqsal.lit.app.allowed_paths import AllowedPaths
from seqsal.lit.app.asking import MODEL_PATHS
from seqsal.lit.app.work import Work
from seqsal.lit.client import files
from seqsal.lit.client import root as client
from seqsal.models import device_queue
from seqsal.models.progress import bars
from seqsal.options import Options
from seqsal.server import disconnect as leaving
from seqsal.server import jobs
from seqsal.server.middleware import (
    body,
    headers,
    hosts,
    log,
    prefix,
    token,
    upgrades,
)
from seqsal.server.middleware import (
    concurrency_limit as crowd,
)
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

    Its `state.lit` is LIT's part, and its `state.work` what runs.

    Args:
        options: what to load; None for the embedded models and the sample prompts.
        models: LIT models to serve instead of those that the options name.
        datasets: LIT datasets to serve instead of those that the options name.
        layouts: layouts to offer instead of `seqsal.get_layouts()`.
        client_base: a LIT build to put the module into; None for the installed lit-nlp's.
        **lit_options: further arguments of `lit_nlp.app.LitApp`, such as page_title.

    Raises:
        ValueError: something that the options name can not be loaded.
        TypeError: LitApp does not know one of lit_options.
    """
    settings = options or Options()
    metrics = log.Metrics()
    gates = _gates(settings, metrics)
    root = client.client_root(client_base)
    page_files = files.Files(directory=root)
    store = _open_store(settings, lit_options)
    work = Work(settings.max_seconds)
    ours = {"work": work, "jobs": f".{jobs.PATH}"}
    with bars.shown(None):
        lit = _make_lit_app(
            settings, root, store, models, datasets, layouts, {**lit_options, **ours}
        )
    metrics.watch("seqsal_queue_length", "Tasks that wait for a device.", device_queue.waiting)
    metrics.watch("seqsal_work", "Tasks that run or wait.", lambda: work.running)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        if store is not None:
            store.close()

    wsgi = WSGIMiddleware(lit, workers=_REQUEST_THREADS)
    # In threads of their own: however many wait for a model, a page opens.
    asking = leaving.UntilClientLeaves(WSGIMiddleware(lit, workers=settings.max_waiting))
    app = Starlette(
        routes=[
            Route("/", _index(page_files)),
            Route("/index.html", _index(page_files)),
            Route("/metrics", metrics.page),
            *(Route(path, _well(work, store)) for path in token.OPEN_PATHS),
            Route(
                jobs.PATH,
                jobs.Jobs(lit.predictions, work, metrics).page,
                methods=["POST"],
            ),
            *(
                Route(path, asking if path in MODEL_PATHS else wsgi, methods=["GET", "POST"])
                for path in lit.paths
            ),
            Mount("/", page_files),
        ],
        middleware=gates,
        exception_handlers={Exception: _explain},
        lifespan=lifespan,
    )
    app.state.lit, app.state.work = lit, work
    return app


def _gates(settings: Options, metrics: log.Metrics) -> list[Middleware]:
    """Returns what a request passes on its way to the app, the outermost first."""
    if settings.log_requests:
        log.to_standard_error()
    most_bytes = int(settings.max_request_mb * 1e6)
    return [
        Middleware(upgrades.UpgradesMiddleware),
        Middleware(prefix.PrefixMiddleware, prefix=prefix.check(settings.url_prefix)),
        Middleware(token.PathTokenMiddleware, token=token.check(settings.auth_token)),
        Middleware(log.LogMiddleware, metrics=metrics),
        Middleware(
            headers.HeadersMiddleware,
            frames_of=settings.allowed_hosts,
            frame_ancestors=settings.frame_ancestors,
        ),
        Middleware(hosts.HostMiddleware, allowed=settings.allowed_hosts),
        Middleware(token.TokenMiddleware, token=token.check(settings.auth_token)),
        Middleware(crowd.CrowdMiddleware, most=settings.max_waiting),
        Middleware(body.BodyMiddleware, most_bytes=most_bytes),
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6),
    ]


def get_wsgi_app(
    options: Options | None = None, *, client_base: str | None = None, **lit_options: Any
) -> LitApp:
    """Returns LIT's part of the server alone, for WSGI servers such as gunicorn.

    Errors are as plain as under `make_app`, and paths as limited; what stands before the app
    there (hosts, the token, bounds, caching) is the server's own business here.

    Args:
        options: what to load; None for the embedded models and the sample prompts.
        client_base: a LIT build to put the module into; None for the installed lit-nlp's.
        **lit_options: further arguments of `lit_nlp.app.LitApp`, such as page_title.

    Raises:
        ValueError: something that the options name can not be loaded.
    """
    root = client.client_root(client_base)
    settings = options or Options()
    store = _open_store(settings, lit_options)
    with bars.shown(None):
        return _make_lit_app(settings, root, store, None, None, None, lit_options)


def _open_store(settings: Options, lit_options: Mapping[str, Any]) -> Store | None:
    if "data_dir" in lit_options:
        raise ValueError(
            "data_dir is an option of seqsal itself: expected Options(data_dir=...), got it among"
            " the arguments of LIT, whose own cache is not used."
        )
    return open_store(settings.data_dir, settings.store_mb)


def _make_lit_app(
    settings: Options,
    root: str,
    store: Store | None,
    given_models: Mapping[str, lit_model.Model] | None,
    given_datasets: Mapping[str, lit_dataset.Dataset] | None,
    given_layouts: Mapping[str, lit_layout.LitCanonicalLayout] | None,
    lit_options: Mapping[str, Any],
) -> LitApp:
    all_layouts = dict(given_layouts or layouts.get_layouts())
    chosen = lit_options.get("default_layout") or next(iter(all_layouts))
    if chosen not in all_layouts:
        raise ValueError(f"default_layout must be one of {', '.join(all_layouts)}; got {chosen!r}.")
    defaults = {
        "interpreters": prompt_tools.interpreters(),
        "generators": prompt_tools.generators(),
        "page_title": _PAGE_TITLE,
        "model_loaders": configure.model_loaders(settings, store),
        "dataset_loaders": {"Prompts": (datasets.Prompts, datasets.Prompts.init_spec())},
    }
    return LitApp(
        models=models.load_all(settings, store) if given_models is None else given_models,
        datasets=(
            datasets.get_datasets(settings.datasets, settings.max_examples)
            if given_datasets is None
            else given_datasets
        ),
        layouts=all_layouts,
        client_root=root,
        allowed_paths=AllowedPaths([*settings.allow_paths, *_named(settings)]),
        added=None if store is None else AddedPrompts(store),
        most_inputs=settings.max_inputs,
        **{**defaults, **lit_options, "default_layout": chosen},
    )


def _named(settings: Options) -> list[str]:
    """Returns the paths that the options name for models and datasets."""
    configs = (*settings.models, *settings.datasets)
    return [config.partition(":")[2] for config in configs if ":" in config]


def _well(work: Work, store: Store | None) -> Any:
    async def well(request: Request) -> Response:
        # It says nothing that must be kept from any page, and notebooks ask here from theirs.
        open_to_all = {"Access-Control-Allow-Origin": "*"}
        if work.closed and request.url.path == token.READY_PATH:
            return PlainTextResponse("stopping", 503, open_to_all)
        fault = "" if store is None else store.fault
        said = f"ok\nNot saving: {fault}." if fault else "ok"
        return PlainTextResponse(said, headers=open_to_all)

    return well


def _index(page_files: files.Files) -> Any:
    async def index(request: Request) -> Response:
        # Not kept for ever: the page must follow an upgrade. It is not sent again for nothing.
        return await page_files.get_response(_INDEX, request.scope)

    return index


async def _explain(request: Request, error: Exception) -> Response:
    fault = errors.explain(error, request.url.path)
    return PlainTextResponse(fault.body, fault.status)
