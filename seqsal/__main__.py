"""The command `seqsal`, also `python -m seqsal`: parses flags, loads models and serves them."""

import contextlib
import dataclasses
import gc
import os
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from absl import app, flags, logging
from lit_nlp import server_flags

from seqsal import __version__
from seqsal.options import Options
from seqsal.server.middleware import prefix, token

_SERVER_TYPES: Final = ("default", "basic")
_MODULE: Final = "seqsal"
"""The module that `--help` lists the flags under; this one may also be named `__main__`."""
_NOT_FOR_LIT: Final = ("port", "host", "server_type", "client_root", "data_dir")


def main(argv: Sequence[str] | None = None) -> None:
    """Serves until it is interrupted; exits with a one-line message if it cannot start.

    With `estimate` as the first argument it prints the cost of the models and exits; with
    `history` it lists the stored prompts and responses; with `get` it fetches small real models;
    with `analyze` it runs over whole data sets, and with `report` it makes a page of such a run.
    """
    # On cores that are shared with other programs, spinning threads block each other; without
    # spinning, idle cores need a fourth more time. A short spin (GNU OpenMP's default is 100 times
    # this) costs nothing on idle cores and halves the time on busy ones. The variable must be set
    # before PyTorch is imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    words = list(sys.argv if argv is None else argv)
    if words[1:2] == ["history"]:
        from seqsal.store import history

        sys.exit(history.main(words[2:]))
    if words[1:2] == ["analyze"]:
        from seqsal.analysis import command

        sys.exit(command.main(words[2:]))
    if words[1:2] == ["report"]:
        from seqsal.analysis import command

        sys.exit(command.report_main(words[2:]))
    if words[1:2] == ["get"]:
        from seqsal.models.checkpoints import get

        sys.exit(get.main(words[2:]))
    serve = _serve
    if words[1:2] == ["estimate"]:
        del words[1]
        serve = _estimate
        flags.DEFINE_integer(
            "tokens", 4096, "Tokens of the prompt and its answer together.", module_name=_MODULE
        )
    _define_flags()
    if {"--help", "-h"} & set(words):
        # absl's own help lists only the flags of the called script, which has none.
        print(_help())
        return
    if "--version" in words:
        print(f"seqsal {__version__}")
        return
    app.run(serve, argv=words)


def _help() -> str:
    return (
        "Opens Sequence Salience: see which parts of a prompt a model's answer depends on.\n\n"
        "With no flags: the models and the prompts that ship with seqsal.\n\n"
        "seqsal estimate --models=path --tokens=N prints the expected memory and time,\n"
        "without loading a model.\n\n"
        "seqsal get lists small real models, and fetches them (seqsal get --help).\n\n"
        "seqsal analyze shows what the answers to a whole data set depend on\n"
        "(seqsal analyze --help); seqsal report FOLDER FILE makes a page of it.\n\n"
        "seqsal history lists the stored prompts and answers (seqsal history --help).\n\n"
        f"{_flags_of(_MODULE)}\n\nLIT's own:\n\n{_flags_of(server_flags.__name__)}"
    )


def _flags_of(module: str) -> str:
    _, _, body = flags.FLAGS.module_help(module).partition(":")
    return str(body).strip("\n")


def _define_flags() -> None:
    """Defines a flag for each option, in addition to the flags of LIT's server."""
    for field, value in Options().items():
        _define_flag(field.name, value, field.metadata)
    flags.FLAGS.set_default("default_layout", "left_right")


def _define_flag(name: str, default: Any, metadata: Mapping[str, Any]) -> None:
    doc, choices = metadata["doc"], metadata["choices"]
    bounds = {"lower_bound": metadata["minimum"], "upper_bound": metadata["maximum"]}
    module = {"module_name": _MODULE}
    if choices:
        flags.DEFINE_enum(name, default, choices, doc, **module)
    elif isinstance(default, tuple):
        flags.DEFINE_list(name, list(default), doc, **module)
    elif isinstance(default, bool):
        flags.DEFINE_bool(name, default, doc, **module)
    elif isinstance(default, str):
        flags.DEFINE_string(
            name, default, doc, allow_override=True, **module
        )  # LIT defines data_dir too.
    elif isinstance(default, float):
        flags.DEFINE_float(name, default, doc, **bounds, **module)
    else:
        flags.DEFINE_integer(name, default, doc, **bounds, **module)


def _serve(argv: Sequence[str]) -> None:
    if not flags.FLAGS["verbosity"].present:
        # LIT warns at every request that our inputs are not in its cache, which is intended.
        logging.set_verbosity(logging.ERROR)
    try:
        _refuse_words(argv)
        lit_flags = server_flags.get_flags()
        with _listen(lit_flags["host"], lit_flags["port"], lit_flags["server_type"]) as listener:
            options = _chosen_options()
            secret = token.resolve(token.check(options.auth_token), lit_flags["host"])
            options = dataclasses.replace(options, auth_token=secret)
            query = "" if secret in (token.AUTO, token.OFF) else f"?token={secret}"
            path = f"{prefix.check(options.url_prefix)}/{query}"
            _run(_load_app(options, lit_flags), listener, path, options.shutdown_seconds)
    except (ValueError, ImportError) as error:
        sys.exit(f"seqsal: {error}")


def _estimate(argv: Sequence[str]) -> None:
    try:
        _refuse_words(argv)
        options = _chosen_options()
        from seqsal.models import estimate  # Deferred: the framework takes seconds to import.

        print(estimate.report(options, flags.FLAGS["tokens"].value))
    except (ValueError, ImportError) as error:
        sys.exit(f"seqsal: {error}")


def _refuse_words(argv: Sequence[str]) -> None:
    if len(argv) > 1:
        raise ValueError(f"Unexpected argument {argv[1]!r}; options are given as --name=value.")


def _chosen_options() -> Options:
    chosen: dict[str, Any] = {}
    for field, _ in Options().items():
        value = flags.FLAGS[field.name].value
        chosen[field.name] = tuple(value) if isinstance(value, list) else value
    return Options(**chosen)


def _listen(host: str, port: int, server_type: str) -> socket.socket:
    """Returns a bound socket, so that a port in use is reported before minutes of loading."""
    if server_type not in _SERVER_TYPES:
        raise ValueError(
            f"--server_type must be one of {', '.join(_SERVER_TYPES)}; got {server_type!r}. For"
            " another server, use the app that seqsal.make_app() returns."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ValueError(
            f"Cannot serve on {host}:{port}: {error.strerror}. Stop what uses it, or choose"
            " another port with --port (make demo: PORT=)."
        ) from None
    return listener


def _load_app(options: Options, lit_flags: dict[str, Any]) -> Any:
    print("Loading ...", flush=True)
    with _without_collections():
        # Deferred: LIT and the framework take seconds to import.
        from seqsal.models.checkpoints import conversion_notice
        from seqsal.server.application import make_app

        if notice := conversion_notice(options):
            print(notice, flush=True)
        for_lit = {
            name: value
            for name, value in lit_flags.items()
            if name not in _NOT_FOR_LIT and value is not None
        }
        return make_app(options, client_base=lit_flags["client_root"], **for_lit)


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """Keeps the garbage collector from what is created here: modules and models, which stay.

    Collecting them repeatedly takes a fifth of the start, and each full collection later would hold
    up the server for a third of a second.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _run(asgi_app: Any, listener: socket.socket, path: str, shutdown_seconds: float | int) -> None:
    import uvicorn

    from seqsal.server import shutdown

    listener.listen(128)  # From now on a browser waits instead of being refused.
    host, port = listener.getsockname()[:2]
    print(f"\nseqsal is ready. Open http://{host}:{port}{path}  (Ctrl+C stops it)\n", flush=True)
    config = uvicorn.Config(asgi_app, log_level="warning")
    shutdown.Server(config, asgi_app.state.active_tasks, shutdown_seconds).run(sockets=[listener])


if __name__ == "__main__":
    main()
