"""Ablation against Captum, and LIME against ContextCite: time, and the same numbers.

    python -m benchmarks.removals --peers .venv-peers/bin/python --models smollm2,gemma3

A prompt of 25 sentences (--sentences) and about 1,000 tokens, one of which answers its question,
and an answer of at most 8 tokens, on two real models. The peers run in an environment of their own
(benchmarks/peers.txt). Captum runs in three ways: with its fastest options, token by token, and
with its defaults, which also keep earlier tokens in a cache. The run fails if the effects of
removals differ by more than 1e-4 of the largest, or the coefficients on the same masks by more
than 1e-3; only Captum's defaults may differ, and the table says by how much. `lime` runs on
ContextCite's masks, and on its own: their coefficients are compared by the LDS, over 64 more masks.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from benchmarks.faithfulness.items import Item

_CAPTUM: Final = {
    "fastest": "captum feature ablation",
    "tokens": "captum feature ablation, token by token",
    "defaults": "captum feature ablation, its defaults",
}
_CONTEXT_CITE: Final = "context-cite"
_MASKS: Final = 64
ANSWER: Final = 8
_NOUNS: Final = [
    "river",
    "stone",
    "letter",
    "garden",
    "window",
    "teacher",
    "market",
    "bridge",
    "lantern",
    "harbour",
]
_VERBS: Final = [
    "watches",
    "follows",
    "carries",
    "paints",
    "forgets",
    "repairs",
    "describes",
    "remembers",
]
_FACT: Final = "The key to the harbour is kept by Anna Berg."
_QUESTION: Final = "Who keeps the key to the harbour?"
_PLACES: Final = ["in the old town", "near the station", "before the winter", "after the long rain"]


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="the peers' Python")
    parser.add_argument("--models", default="smollm2,gemma3")
    parser.add_argument("--captum", default="fastest,tokens,defaults", help="ways to run Captum")
    parser.add_argument("--sentences", type=int, default=25, help="sentences of the prompt")
    parser.add_argument("--work", nargs=4, help="internal: tool, checkpoint, item, output")
    arguments = parser.parse_args()
    if arguments.work:
        _work_peer(*arguments.work)
        return
    from benchmarks import measure

    captum = [_CAPTUM[way] for way in arguments.captum.split(",")]
    rows = [
        row
        for name in arguments.models.split(",")
        for row in compare(name, arguments.peers, captum, arguments.sentences)
    ]
    measure.write("removals", rows)
    heads = ["model", "tool", "seconds", "forward passes", "first result", "seqsal is faster by"]
    heads += ["largest difference", "LDS"]
    print(measure.table(heads, [_cells(row) for row in rows]))


def _cells(row: dict[str, Any]) -> list[str]:
    first = f"{row['first']:.2f} s" if "first" in row else ""
    ratio = f"{row['ratio']:.1f}x" if "ratio" in row else ""
    difference = f"{row['difference']:.1g}" if "difference" in row else ""
    return [
        row["model"],
        row["tool"],
        f"{row['seconds']:.1f} s",
        f"{row['passes']:.1f}",
        first,
        ratio,
        difference,
        f"{row['lds']:.2f}" if "lds" in row else "",
    ]


def compare(
    name: str, peers: str, captum: Sequence[str], num_sentences: int
) -> list[dict[str, Any]]:
    """Returns a row for each tool on a model.

    Args:
        name: a key of `benchmarks.faithfulness.models.MODELS`.
        peers: the Python of the peers' environment.
        captum: keys of `benchmarks.faithfulness.peers.ABLATIONS`.
        num_sentences: how many sentences the prompt has.

    Raises:
        RuntimeError: the numbers differ.
    """
    from benchmarks.faithfulness.models import Model
    from seqsal.attribution.methods.lime import Lime

    model = Model.load(name)
    item = _item(model, num_sentences)
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        given = pathlib.Path(folder) / "item.json"
        given.write_text(json.dumps(item.to_json()))
        for tool in (*captum, _CONTEXT_CITE):
            output = pathlib.Path(folder) / "output.json"
            command = [peers, "-m", "benchmarks.removals", "--work", tool, model.folder]
            subprocess.run([*command, str(given), str(output)], check=True)
            found[tool] = json.loads(output.read_text())
    ablation = _ablation(model, item)
    lime = _lime(model, item, np.array(found[_CONTEXT_CITE]["masks"], bool))
    own = _lime(model, item, Lime().draw(num_sentences))
    context_cite = _compared(found[_CONTEXT_CITE], lime, 1e-3)
    own["ratio"] = context_cite["seconds"] / own["seconds"]
    for row, score in zip((own, lime), _lds(model, item, own, lime), strict=True):
        row["lds"] = score
    context_cite["lds"] = lime["lds"]
    rows = [{"tool": "seqsal ablation", **ablation}]
    for tool in captum:
        tolerance = np.inf if tool == _CAPTUM["defaults"] else 1e-4
        rows.append(_compared(found[tool], ablation, tolerance))
    rows.append({"tool": f"seqsal lime, {own['masks']} balanced masks", **own})
    rows.append({"tool": "seqsal lime, the masks of ContextCite", **lime})
    rows.append(context_cite)
    return [
        {"model": name} | {key: row[key] for key in row if key not in ("scores", "masks")}
        for row in rows
    ]


def _compared(peer: dict[str, Any], ours: dict[str, Any], tolerance: float) -> dict[str, Any]:
    """Returns the row of a peer.

    Raises:
        RuntimeError: its numbers differ from ours by more than a share of the largest.
    """
    largest = float(np.abs(peer["scores"]).max())
    difference = float(np.abs(np.subtract(ours["scores"], peer["scores"])).max()) / largest
    if difference > tolerance:
        raise RuntimeError(f"{peer['tool']} and seqsal differ by {difference:.2g} of the largest.")
    return {**peer, "ratio": peer["seconds"] / ours["seconds"], "difference": difference}


def _item(model: Any, num_sentences: int) -> Item:
    from benchmarks.faithfulness.items import segment_ranges

    rng = random.Random(0)

    def clause() -> str:
        places = rng.choice(_PLACES)
        return f"the {rng.choice(_NOUNS)} {rng.choice(_VERBS)} the {rng.choice(_NOUNS)} {places}"

    sentences = [
        f"{', and '.join(clause() for _ in range(4)).capitalize()}." for _ in range(num_sentences)
    ]
    sentences[num_sentences // 2] = _FACT
    parts = tuple(f"{' ' if i else ''}{text}" for i, text in enumerate(sentences))
    closing = f"\n\n{_QUESTION}"
    encoding = model.lm.encode("".join(parts) + closing)
    (answer,) = model.answers([encoding.ids])
    answer = answer[:ANSWER]
    segments = segment_ranges(encoding, "", parts)
    text = model.text(answer)
    return Item("0", "", parts, closing, None, encoding.ids, segments, answer, text)


def _run(model: Any, item: Item) -> tuple[Any, Any]:
    from seqsal.attribution.caches.traces import TraceCache
    from seqsal.attribution.sequence_run import SequenceRun
    from seqsal.models.objective import Objective

    ids = item.ids + item.answer
    run = SequenceRun(model.lm, TraceCache(model.lm.trace, 0, model.lm.queue), ids)
    return run, Objective.of_tokens(ids, range(len(item.ids), len(ids)))


def _ablation(model: Any, item: Item) -> dict[str, Any]:
    from benchmarks.faithfulness.contenders import method_scores
    from benchmarks.faithfulness.metrics import strongest
    from seqsal.attribution import removal

    run, objective = _run(model, item)
    # The page has explained the selection before it checks it, and removes the strongest first.
    run.logprobs(objective.terms)
    (instant,) = method_scores(model, item, "linearized")
    order = strongest(instant, len(instant))
    effects = np.zeros(len(order))
    with _Tokens(model) as tokens:
        start, first = time.perf_counter(), 0.0
        removals = [(item.segments[i],) for i in order]
        for i, effect in zip(order, removal.effects(run, objective, removals), strict=True):
            first = first or time.perf_counter() - start
            effects[i] = effect
        seconds = time.perf_counter() - start
    passes = tokens.count / (len(item.ids) + len(item.answer) - 1)
    return {"scores": effects.tolist(), "seconds": seconds, "first": first, "passes": passes}


def _lime(model: Any, item: Item, masks: Any) -> dict[str, Any]:
    from seqsal.attribution.methods import lime

    run, objective = _run(model, item)
    with _Tokens(model) as tokens:
        start = time.perf_counter()
        (values,) = lime.values_of(run, [objective], tuple(item.segments), masks)
        scores = lime.fit(masks, lime.logit(values.astype(float)), len(item.answer))
        seconds = time.perf_counter() - start
    passes = tokens.count / (len(item.ids) + len(item.answer) - 1)
    row = {"scores": scores.tolist(), "seconds": seconds, "passes": passes}
    return row | {"masks": len(masks)}


def _lds(model: Any, item: Item, *found: dict[str, Any]) -> list[float]:
    """Returns how well scores predict the answer's probability under masks of their own."""
    from benchmarks.faithfulness import metrics
    from benchmarks.faithfulness.removals import measure

    drawn = metrics.masks(len(item.parts), _MASKS, seed=1)
    logprobs = measure(model, item, [metrics.kept_by(mask) for mask in drawn])
    return [metrics.lds(np.array(each["scores"]), drawn, logprobs) for each in found]


class _Tokens:
    """Counts the tokens that a model runs."""

    def __init__(self, model: Any) -> None:
        self._layer, self.count = model.lm.model.get_decoder().layers[0], 0

    def __enter__(self) -> "_Tokens":
        self._handle = self._layer.register_forward_pre_hook(self._add)
        return self

    def _add(self, _module: Any, args: tuple[Any, ...]) -> None:
        self.count += args[0].shape[0] * args[0].shape[1]

    def __exit__(self, *_: object) -> None:
        self._handle.remove()


def _work_peer(tool: str, folder: str, given: str, output: str) -> None:
    """Runs a peer; writes its scores, its seconds and its masks."""
    import torch
    import transformers

    from benchmarks.faithfulness import peers

    item = Item.from_json(json.loads(pathlib.Path(given).read_text()))
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    masks: list[Any] = []
    if tool == _CONTEXT_CITE:
        from context_cite import context_citer

        original = context_citer.get_masks_and_logit_probs

        def recorded(*args: Any, **kwargs: Any) -> Any:
            found = original(*args, **kwargs)
            masks.append(np.asarray(found[0]).tolist())
            return found

        context_citer.get_masks_and_logit_probs = recorded
    make = peers.ABLATIONS[tool] if tool in peers.ABLATIONS else peers.METHODS[tool][0]
    explain = make(model, tokenizer)
    model(torch.tensor([item.ids]))  # The first pass of a process takes longer.
    with peers.count_tokens(model) as count:
        start = time.perf_counter()
        scores = np.asarray(explain(item), np.float64)
        seconds = time.perf_counter() - start
    passes = count() / (len(item.ids) + len(item.answer) - 1)
    result = {"tool": tool, "scores": scores.tolist(), "seconds": seconds, "passes": passes}
    pathlib.Path(output).write_text(json.dumps(result | ({"masks": masks[0]} if masks else {})))


if __name__ == "__main__":
    main()
