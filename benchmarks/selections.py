"""First and second selection on a sequence, compared with LIT's wrapper.

    python -m benchmarks.selections --tokens 512,1024,2048

Each contender runs in its own process, with the same random weights. GradNorm and Grad · Input come
from one pass and are one row. `integrated_gradients` takes 16 forward and backward passes for each
selection, `ablation` about 14 forward passes and `lime` about 27 for 25 segments: they are timed on
one text, and --cheap leaves them out. The run fails if the scores differ. "Extra" is the peak of
process memory during both selections on one sequence, above that of the loaded model after a
warm-up.
"""

import argparse
import multiprocessing
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from benchmarks import contenders, measure

LIT: Final = "lit 1.3.1"
TARGET: Final = 20
TEXTS: Final = 4
"""The first text measures memory; the others measure time, of which the best counts."""


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", default="512,1024,2048")
    parser.add_argument("--cheap", action="store_true", help="only methods of one backward pass")
    arguments = parser.parse_args()
    tools = [*contenders.ALL, *([] if arguments.cheap else contenders.COSTLY)]
    rows = []
    for tokens in arguments.tokens.split(","):
        found = compare(int(tokens), tools)
        (lit,) = (row for row in found if row["tool"] == LIT)
        ours = [row for row in found if row["tool"] != LIT]
        for row in ours:
            for what in ("first_s", "second_s", "extra_mb"):
                row[f"{what}_ratio"] = lit[what] / row[what]
        rows += [*ours, lit]
    measure.write("selections", rows)
    heads = ["tokens", "tool", "first selection", "second selection", "extra memory"]
    print(measure.table(heads, [_cells(row) for row in rows]))


def _cells(row: dict[str, Any]) -> list[str]:
    return [str(row["tokens"]), row["tool"], *measure.selection_cells(row)]


def compare(tokens: int, tools: Sequence[str]) -> list[dict[str, Any]]:
    """Returns a row for each contender at one length.

    Args:
        tokens: the length of a text.
        tools: names of `benchmarks.contenders`, with "seqsal" and LIT's.

    Raises:
        RuntimeError: the scores differ.
    """
    rows, scores = [], {}
    context = multiprocessing.get_context("spawn")
    for tool in tools:
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(tool, tokens, theirs))
        process.start()
        theirs.close()  # If the contender dies, the wait below ends.
        row, scores[tool] = ours.recv()
        process.join()
        rows.append({"tokens": tokens, "tool": tool, **row})
    ours_scores, lit_scores = scores["seqsal"], scores[LIT]  # GradNorm L2 of both.
    # LIT uses the embeddings after Gemma's scaling by sqrt(hidden size), seqsal those before it.
    ratio = ours_scores[:-TARGET] / lit_scores[:-TARGET]
    if not np.allclose(ratio, ratio.mean(), rtol=1e-3):
        raise RuntimeError(f"The scores differ: ratios from {ratio.min()} to {ratio.max()}.")
    return rows


def _work(tool: str, tokens: int, pipe: Any) -> None:
    from benchmarks import shapes

    model = shapes.gemma_like()
    vocabulary = model.config.vocab_size
    costly = tool in contenders.COSTLY
    make = {**contenders.ALL, **contenders.COSTLY}[tool]
    explain = make(model, shapes.word_tokenizer(vocabulary))
    explain(shapes.text_of(64, vocabulary), [0.0] * 44 + [1.0] * 20)
    texts = [
        shapes.text_of(tokens, vocabulary, seed=seed) for seed in range(2 if costly else TEXTS)
    ]
    pipe.send(measure.two_selections(explain, texts, tokens, TARGET))


if __name__ == "__main__":
    main()
