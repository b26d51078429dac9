"""The methods of other tools, on the same weights, prompts and answers.

Inseq, Captum and ContextCite need another version of NumPy than lit-nlp, so they run in an
environment of their own (benchmarks/peers.txt), as a process that this module starts. It reads
the items and adds the scores to the same file as all others.

A tool gets the prompt as the model does: in its chat template, as text. The run fails where the
tool's tokens are not those of the item.
"""

import argparse
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.faithfulness import rows
from benchmarks.faithfulness.items import Item

if TYPE_CHECKING:
    from benchmarks.faithfulness.models import Model

Explain = Callable[[Item], Any]
_STEPS: Final = 16
"""Steps of integrated gradients."""


def run(
    model: "Model", items: Sequence[Item], file: pathlib.Path, options: argparse.Namespace
) -> dict[str, int]:
    """Adds the scores of the peers' methods to a file; returns the names of their rows.

    Args:
        model: who answers.
        items: what is explained.
        file: the rows of scores; what is there is not computed again.
        options: the command line's: peers, methods, max_passes.

    Raises:
        subprocess.CalledProcessError: a tool failed.
    """
    wanted = options.methods.split(",") if options.methods else list(METHODS)
    parts = max(len(item.parts) for item in items)
    longest = max(len(item.answer) for item in items)
    names = [
        name
        for name, method in METHODS.items()
        if name in wanted and method[1](parts, longest) <= options.max_passes
    ]
    known = {(row["item"], row["method"]) for row in rows.read(file)}
    for name in names:
        new = [item.to_json() for item in items if (item.name, name) not in known]
        if new:
            with tempfile.NamedTemporaryFile("w", suffix=".json") as given:
                json.dump(new, given)
                given.flush()
                command = [options.peers, "-m", "benchmarks.faithfulness.peers"]
                where = [name, model.folder, given.name, str(file)]
                subprocess.run([*command, *where], check=True)
    return dict.fromkeys(names, 1)


def main() -> None:
    """Scores items with one method; runs in the peers' environment."""
    import transformers

    name, folder, given, file = sys.argv[1:]
    items = [Item.from_json(each) for each in json.loads(pathlib.Path(given).read_text())]
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    explain = METHODS[name][0](model, tokenizer)
    with contextlib.suppress(ValueError):
        explain(items[0])  # A warm-up.
    for item in items:
        with _count_tokens(model) as count:
            start = time.perf_counter()
            scores = np.asarray(explain(item), np.float64)
            seconds = time.perf_counter() - start
        passes = count() / (len(item.ids) + len(item.answer) - 1)
        row = {"item": item.name, "method": name, "version": 1, "scores": scores.tolist()}
        rows.append(pathlib.Path(file), row | {"seconds": seconds, "passes": passes})


@contextlib.contextmanager
def _count_tokens(model: Any) -> Iterator[Callable[[], int]]:
    counted = 0

    def hook(_module: Any, args: tuple[Any, ...]) -> None:
        nonlocal counted
        counted += args[0].shape[0] * args[0].shape[1]

    handle = model.get_decoder().layers[0].register_forward_pre_hook(hook)
    try:
        yield lambda: counted
    finally:
        handle.remove()


METHODS: Final[dict[str, Any]] = {}

if __name__ == "__main__":
    main()
