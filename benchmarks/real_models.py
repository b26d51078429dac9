"""Two small language models with real weights, for benchmarks and tests.

    python -m benchmarks.real_models smollm2 gemma3

These are the models of `seqsal get`, in the same cache. The environment variable
SEQSAL_REAL_MODELS names another folder.

Gemma 3 is provided under the Gemma Terms of Use, https://ai.google.dev/gemma/terms. Do not
redistribute its checkpoint.
"""

import argparse
import os
import pathlib
from typing import Final

from seqsal.models.checkpoints import cache_folder, known
from seqsal.options import Options

VARIABLE: Final = "SEQSAL_REAL_MODELS"


def main() -> None:
    """Fetches models and prints their folders."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=list(known.MODELS), metavar="NAME")
    for name in parser.parse_args().names:
        print(folder(name))


def folder(name: str) -> pathlib.Path:
    """Returns the folder of a checkpoint, which is fetched and converted on first use.

    Args:
        name: a key of `known.MODELS`.

    Raises:
        ValueError: there is no such model, or it cannot be fetched.
    """
    cache = os.environ.get(VARIABLE)
    return known.fetch(name, pathlib.Path(cache) if cache else cache_folder(Options()))


if __name__ == "__main__":
    main()
