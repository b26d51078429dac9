"""Scores for each token of an answer, compared with Inseq and Captum.

    python -m benchmarks.rows --peers .venv-peers/bin/python

Inseq and Captum need another version of NumPy than lit-nlp, so they run in a separate environment
(benchmarks/peers.txt). All tools load the same checkpoint. The run fails if the scores differ:
the norm of Inseq's gradients is GradNorm L2; Captum computes gradient times input.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
from typing import Any, Final

import numpy as np

PROMPT: Final = 1500
ANSWER: Final = 15
SHAPES: Final = ("small", "gemma")


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="the peers' Python")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--work", nargs=3, help="internal: tool, checkpoint, output")
    arguments = parser.parse_args()
    if arguments.work:
        work(*arguments.work)
        return
    from benchmarks import measure

    rows = [row for shape in arguments.shapes.split(",") for row in compare(shape, arguments.peers)]
    measure.write("rows", rows)
    heads = ["shape", "tool", "every row", "seqsal is faster by"]
    print(measure.table(heads, [_cells(row) for row in rows]))


def _cells(row: dict[str, Any]) -> list[str]:
    return [row["shape"], row["tool"], f"{row['seconds']:.2f} s", f"{row['ratio']:.1f}x"]


def compare(shape: str, peers: str) -> list[dict[str, Any]]:
    """Returns a row for each tool.

    Raises:
        RuntimeError: the scores differ.
    """
    from benchmarks import shapes

    pythons = {"seqsal": sys.executable, "inseq": peers, "captum": peers}
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        shapes.MAKERS[shape]().save_pretrained(folder)
        for tool, python in pythons.items():
            output = pathlib.Path(folder) / f"{tool}.npz"
            command = [python, "-m", "benchmarks.rows", "--work", tool, folder, str(output)]
            subprocess.run(command, check=True)
            results[tool] = dict(np.load(output))
    _check(results)
    fastest = float(results["seqsal"]["seconds"])
    return [
        {
            "shape": shape,
            "tool": f"{tool} {result['version']}",
            "seconds": float(result["seconds"]),
            "ratio": float(result["seconds"]) / fastest,
        }
        for tool, result in results.items()
    ]


def _check(results: dict[str, dict[str, Any]]) -> None:
    """Compares the scores of the prompt's tokens up to a common factor, Gemma's scaling."""
    ours = results["seqsal"]
    for tool, field in (("inseq", "grad_l2"), ("captum", "grad_dot_input")):
        mine, theirs = ours[field][:, :PROMPT], results[tool][field][:, :PROMPT]
        factor = float((mine * theirs).sum() / (theirs * theirs).sum())
        if not np.allclose(mine, factor * theirs, rtol=1e-3, atol=1e-4 * float(abs(mine).max())):
            raise RuntimeError(f"{tool} and seqsal give other scores.")


def work(tool: str, folder: str, output: str) -> None:
    """Runs one tool on a checkpoint; writes the seconds, the version and the scores."""
    import time
    from importlib import metadata

    import transformers

    from benchmarks import shapes

    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = shapes.word_tokenizer(model.config.vocab_size)
    words = shapes.text_of(PROMPT + ANSWER, model.config.vocab_size).split()
    explain = _TOOLS[tool](model, tokenizer)
    explain(words[:70], words[70:74])
    start = time.perf_counter()
    scores = explain(words[:PROMPT], words[PROMPT:])
    taken = time.perf_counter() - start
    np.savez(output, seconds=taken, version=metadata.version(tool), **scores)


def _seqsal(model: Any, tokenizer: Any) -> Any:
    from seqsal.attribution.engine import Engine
    from seqsal.models.objective import Objective
    from seqsal.models.transformers import HFCausalLM

    lm = HFCausalLM(model, tokenizer)

    def explain(prompt: list[str], answer: list[str]) -> dict[str, Any]:
        ids = lm.encode(" ".join(prompt + answer)).ids
        rows = [Objective.of_tokens(ids, [t]) for t in range(len(prompt), len(ids))]
        scores = Engine(lm).scores(ids, rows, ["grad_l2", "grad_dot_input"])
        return {name: np.stack([row[name] for row in scores]) for name in scores[0]}

    return explain


def _inseq(model: Any, tokenizer: Any) -> Any:
    import inseq

    attributing = inseq.load_model(model, "saliency", tokenizer=tokenizer)

    def explain(prompt: list[str], answer: list[str]) -> dict[str, Any]:
        result = attributing.attribute(
            " ".join(prompt),
            " ".join(prompt + answer),
            attributed_fn="probability",
            logprob=True,
            show_progress=False,
        )
        gradients = result.sequence_attributions[0].target_attributions
        return {"grad_l2": gradients.norm(dim=-1).T.nan_to_num().numpy()}

    return explain


def _captum(model: Any, tokenizer: Any) -> Any:
    import torch
    from captum.attr import LayerGradientXActivation, LLMGradientAttribution, TextTokenInput

    layer = LayerGradientXActivation(model, model.get_input_embeddings())
    attributing = LLMGradientAttribution(layer, tokenizer)

    def explain(prompt: list[str], answer: list[str]) -> dict[str, Any]:
        result = attributing.attribute(
            TextTokenInput(" ".join(prompt), tokenizer),
            target=torch.tensor(tokenizer(" ".join(answer))["input_ids"]),
        )
        return {"grad_dot_input": result.token_attr.detach().numpy()}

    return explain


_TOOLS: Final = {"seqsal": _seqsal, "inseq": _inseq, "captum": _captum}

if __name__ == "__main__":
    main()
