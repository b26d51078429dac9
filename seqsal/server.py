"""The server: a factory for the ASGI app, and nothing that needs a socket."""

import contextlib
import pathlib
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
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from seqsal import client, datasets, layouts, lit_app, models
from seqsal.models import configure
from seqsal.options import Options
from seqsal.serving import body, files, headers, hosts, log, prefix, token
from seqsal.serving.paths import AllowedPaths

_REQUEST_THREADS: Final = 16
_PAGE_TITLE: Final = "Sequence Salience"


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

    Args:
        options: what to load; None for the embedded model and the sample prompts.
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
    lit = _make_lit_app(settings, root, models, datasets, layouts, lit_options)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        if lit_options.get("data_dir"):
            lit.save_cache()

    wsgi = WSGIMiddleware(lit, workers=_REQUEST_THREADS)
    return Starlette(
        routes=[
            Route("/", _index(root)),
            Route("/index.html", _index(root)),
            Route("/metrics", metrics.page),
            *(Route(path, _well) for path in token.OPEN_PATHS),
            *(Route(path, wsgi) for path in lit.paths),
            Mount("/", files.Files(directory=root)),
        ],
        middleware=gates,
        exception_handlers={Exception: _explain},
        lifespan=lifespan,
    )


def _gates(settings: Options, metrics: log.Metrics) -> list[Middleware]:
    """Returns what a request passes on its way to the app, the outermost first."""
    if settings.log_requests:
        log.to_standard_error()
    most_bytes = int(settings.max_request_mb * 1e6)
    return [
        Middleware(prefix.PrefixMiddleware, prefix=prefix.check(settings.url_prefix)),
        Middleware(log.LogMiddleware, metrics=metrics),
        Middleware(headers.HeadersMiddleware, frames_of=settings.allowed_hosts),
        Middleware(hosts.HostMiddleware, allowed=settings.allowed_hosts),
        Middleware(token.TokenMiddleware, token=token.check(settings.auth_token)),
        Middleware(body.BodyMiddleware, most_bytes=most_bytes),
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6),
    ]


def get_wsgi_app(
    options: Options | None = None, *, client_base: str | None = None, **lit_options: Any
) -> lit_app.LitApp:
    """Returns LIT's part of the server alone, for WSGI servers such as gunicorn.

    Errors are as plain as under `make_app`, and paths as limited; what stands before the app
    there (hosts, the token, bounds, caching) is the server's own business here.

    Args:
        options: what to load; None for the embedded model and the sample prompts.
        client_base: a LIT build to put the module into; None for the installed lit-nlp's.
        **lit_options: further arguments of `lit_nlp.app.LitApp`, such as page_title.

    Raises:
        ValueError: something that the options name can not be loaded.
    """
    root = client.client_root(client_base)
    return _make_lit_app(options or Options(), root, None, None, None, lit_options)


def _make_lit_app(
    settings: Options,
    root: str,
    given_models: Mapping[str, lit_model.Model] | None,
    given_datasets: Mapping[str, lit_dataset.Dataset] | None,
    given_layouts: Mapping[str, lit_layout.LitCanonicalLayout] | None,
    lit_options: Mapping[str, Any],
) -> lit_app.LitApp:
    all_layouts = dict(given_layouts or layouts.get_layouts())
    chosen = lit_options.get("default_layout") or next(iter(all_layouts))
    if chosen not in all_layouts:
        raise ValueError(f"default_layout must be one of {', '.join(all_layouts)}; got {chosen!r}.")
    defaults = {
        # LIT's interpreters are for classifiers; they cost seconds and would not be shown.
        "interpreters": {},
        "page_title": _PAGE_TITLE,
        "model_loaders": configure.model_loaders(settings),
        "dataset_loaders": {"Prompts": (datasets.Prompts, datasets.Prompts.init_spec())},
    }
    return lit_app.LitApp(
        models=models.load_all(settings) if given_models is None else given_models,
        datasets=(
            datasets.get_datasets(settings.datasets, settings.max_examples)
            if given_datasets is None
            else given_datasets
        ),
        layouts=all_layouts,
        client_root=root,
        allowed_paths=AllowedPaths([*settings.allow_paths, *_named(settings)]),
        **{**defaults, **lit_options, "default_layout": chosen},
    )


def _named(settings: Options) -> list[str]:
    """Returns the paths that the options name for models and datasets."""
    configs = (*settings.models, *settings.datasets)
    return [config.partition(":")[2] for config in configs if ":" in config]


async def _well(_request: Request) -> Response:
    return PlainTextResponse("ok")


def _index(root: str) -> Any:
    async def index(_request: Request) -> Response:
        # No caching: the page must follow an upgrade, and its scripts have an ETag each.
        return FileResponse(
            pathlib.Path(root) / "static" / "index.html", headers={"Cache-Control": "no-cache"}
        )

    return index


async def _explain(request: Request, error: Exception) -> Response:
    status, body = lit_app.explain(error, request.url.path)
    return PlainTextResponse(body, status)
