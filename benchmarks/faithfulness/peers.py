"""The methods of other tools, on the same weights, prompts and answers.

Inseq, Captum and ContextCite need another version of NumPy than lit-nlp, so they run in an
environment of their own (benchmarks/peers.txt), as a process that this module starts. It reads
the items and adds the scores to the same file as all others.

A tool gets the prompt as the model does: in its chat template, as text. The run fails where the
tool's tokens are not those of the item.
"""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.faithfulness import rows
from benchmarks.faithfulness.items import Item

if TYPE_CHECKING:
    from benchmarks.faithfulness.models import Model

Explain = Callable[[Item], Any]
Make = Callable[[Any, Any], Explain]
VERSION: Final = 1
"""Of the rows that this module writes."""
_STEPS: Final = 16
"""Steps of integrated gradients."""


def run(
    model: "Model", items: Sequence[Item], file: pathlib.Path, python: str, names: Sequence[str]
) -> dict[str, int]:
    """Adds the scores of peers' methods to a file; returns their names and versions.

    Args:
        model: who answers.
        items: what is explained.
        file: the rows of scores; what is there is not computed again.
        python: of the peers' environment.
        names: keys of `METHODS`.

    Raises:
        subprocess.CalledProcessError: a tool failed.
    """
    known = {(row["item"], row["method"]) for row in rows.read(file) if row["version"] == VERSION}
    for name in names:
        new = [item.to_json() for item in items if (item.key, name) not in known]
        if new:
            with tempfile.NamedTemporaryFile("w", suffix=".json") as given:
                json.dump(new, given)
                given.flush()
                command = [python, "-m", "benchmarks.faithfulness.peers"]
                subprocess.run([*command, name, model.folder, given.name, str(file)], check=True)
    return dict.fromkeys(names, VERSION)


def main() -> None:
    """Scores items with one method; runs in the peers' environment."""
    import torch
    import transformers

    name, folder, given, file = sys.argv[1:]
    items = [Item.from_json(each) for each in json.loads(pathlib.Path(given).read_text())]
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    explain = METHODS[name][0](model, tokenizer)
    model(torch.tensor([items[0].ids]))  # The first pass of a process takes longer.
    for item in items:
        with count_tokens(model) as count:
            start = time.perf_counter()
            scores = np.asarray(explain(item), np.float64)
            seconds = time.perf_counter() - start
        passes = count() / (len(item.ids) + len(item.answer) - 1)
        row = {"item": item.key, "method": name, "version": VERSION, "scores": scores.tolist()}
        rows.append(pathlib.Path(file), row | {"seconds": seconds, "passes": passes})


@contextlib.contextmanager
def count_tokens(model: Any) -> Iterator[Callable[[], int]]:
    """Yields a function that returns how many tokens the model has run meanwhile."""
    counted = 0

    def hook(_module: Any, args: tuple[Any, ...]) -> None:
        nonlocal counted
        counted += args[0].shape[0] * args[0].shape[1]

    handle = model.get_decoder().layers[0].register_forward_pre_hook(hook)
    try:
        yield lambda: counted
    finally:
        handle.remove()


def text_of_ids(tokenizer: Any, ids: Sequence[int]) -> str:
    """Returns the text that a tool has to tokenize to get some tokens.

    Raises:
        RuntimeError: there is none.
    """
    for own in (ids, ids[1:]):  # A tokenizer may add the first token itself.
        text = str(tokenizer.decode(own, clean_up_tokenization_spaces=False))
        if tuple(tokenizer(text)["input_ids"]) == tuple(ids):
            return text
    raise RuntimeError("No text gives a tool the tokens of this item.")


def _sums(scores: Any, item: Item) -> Any:
    """Returns the sum of the scores of each part's tokens."""
    return [float(scores[start:end].sum()) for start, end in item.segments]


def _inseq(method: str, **options: Any) -> Make:
    """Makes a method of Inseq, with its own default way to one score for each token.

    The scores of the steps, one for each token of the answer, are added up.
    """

    def make(model: Any, tokenizer: Any) -> Explain:
        import inseq

        if method == "attention":
            model.set_attn_implementation("eager")
        attributing = inseq.load_model(model, method, tokenizer=tokenizer)

        def explain(item: Item) -> Any:
            result = attributing.attribute(
                text_of_ids(tokenizer, item.ids),
                text_of_ids(tokenizer, item.ids + item.answer),
                show_progress=False,
                **options,
            )
            found = result.sequence_attributions[0].aggregate()
            steps = found.target_attributions.nan_to_num().numpy()
            if steps.shape[1] != len(item.answer):
                raise RuntimeError("Inseq must attribute the tokens of the answer only.")
            return _sums(steps.sum(1), item)

        return explain

    return make


def _captum_gradient(model: Any, tokenizer: Any) -> Explain:
    from captum.attr import LayerGradientXActivation

    return _captum_layer(LayerGradientXActivation, model, tokenizer)


def _captum_integrated(model: Any, tokenizer: Any) -> Explain:
    from captum.attr import LayerIntegratedGradients

    return _captum_layer(LayerIntegratedGradients, model, tokenizer, n_steps=_STEPS)


def _captum_layer(method: Any, model: Any, tokenizer: Any, **options: Any) -> Explain:
    import torch
    from captum.attr import LLMGradientAttribution, TextTokenInput

    attributing = LLMGradientAttribution(method(model, model.get_input_embeddings()), tokenizer)

    def explain(item: Item) -> Any:
        prompt = TextTokenInput(text_of_ids(tokenizer, item.ids), tokenizer)
        result = attributing.attribute(prompt, target=torch.tensor(item.answer), **options)
        return _sums(result.seq_attr.detach().numpy(), item)

    return explain


def _captum_ablation(*, cached: bool, by_tokens: bool) -> Make:
    """Returns a method that removes the text of one part at a time.

    Args:
        cached: whether the keys and values of earlier tokens are kept from one token of the answer
            to the next. Captum 0.9 does so by default, and then gives other numbers on
            Transformers 5.23.
        by_tokens: whether each token of the answer takes a pass, as by default.
    """

    def make(model: Any, tokenizer: Any) -> Explain:
        import torch
        from captum.attr import FeatureAblation, LLMAttribution, TextTemplateInput

        attributing = LLMAttribution(FeatureAblation(model), tokenizer)

        def explain(item: Item) -> Any:
            before, parts, after = _texts(tokenizer, item)
            template = TextTemplateInput(
                lambda *kept: before + "".join(kept) + after,
                list(parts),
                baselines=[""] * len(parts),
            )
            result = attributing.attribute(
                template,
                target=torch.tensor(item.answer),
                use_cached_outputs=cached,
                forward_in_tokens=by_tokens,
            )
            return result.seq_attr.detach().numpy().reshape(-1)

        return explain

    return make


ABLATIONS: Final[dict[str, Make]] = {
    "captum feature ablation": _captum_ablation(cached=False, by_tokens=False),
    "captum feature ablation, token by token": _captum_ablation(cached=False, by_tokens=True),
    "captum feature ablation, its defaults": _captum_ablation(cached=True, by_tokens=True),
}
"""The ways in which Captum removes parts; the first takes least time, and its numbers are right."""


def _context_cite(model: Any, tokenizer: Any) -> Explain:
    """Runs ContextCite with its defaults (64 masks, Lasso) on our prompt, parts and answer."""
    from context_cite import ContextCiter
    from context_cite.context_partitioner import BaseContextPartitioner

    class Parts(BaseContextPartitioner):  # type: ignore[misc]
        """The parts of an item."""

        def __init__(self, parts: Sequence[str]) -> None:
            super().__init__("".join(parts))
            self._parts = parts

        @property
        def num_sources(self) -> int:
            return len(self._parts)

        def split_context(self) -> None:
            """Does nothing: the parts are given."""

        def get_source(self, index: int) -> str:
            return self._parts[index]

        def get_context(self, mask: Any = None) -> str:
            kept = np.ones(len(self._parts), bool) if mask is None else mask
            return "".join(part for part, stays in zip(self._parts, kept, strict=True) if stays)

    class Citer(ContextCiter):  # type: ignore[misc]
        """Takes the prompt of an item as it is."""

        around = ("", "")

        def _get_prompt_ids(self, mask: Any = None, return_prompt: bool = False) -> Any:
            text = self.around[0] + self.partitioner.get_context(mask) + self.around[1]
            ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
            return (ids, text) if return_prompt else ids

    def explain(item: Item) -> Any:
        before, parts, after = _texts(tokenizer, item, added=False)
        citer = Citer(model, tokenizer, "".join(parts), "", partitioner=Parts(parts))
        citer.around = (before, after)
        answer = tokenizer.decode(item.answer, clean_up_tokenization_spaces=False)
        citer._cache["output"] = before + "".join(parts) + after + answer
        if tuple(citer._response_ids) != item.answer:
            raise RuntimeError("ContextCite must have the tokens of the answer.")
        return citer.get_attributions(verbose=False)

    return explain


def _texts(tokenizer: Any, item: Item, *, added: bool = True) -> tuple[str, tuple[str, ...], str]:
    """Returns the text before the parts of an item, the parts, and the text after them.

    Args:
        tokenizer: of the model.
        item: the item.
        added: whether the tool lets the tokenizer add its special tokens.
    """
    whole = tokenizer.decode(item.ids, clean_up_tokenization_spaces=False)
    text = text_of_ids(tokenizer, item.ids) if added else str(whole)
    before, after = text.split("".join(item.parts))
    return before, item.parts, after


def _steps(parts: int, answer: int) -> float:
    """Returns the passes of a method with a forward and a backward pass for each token."""
    return 3.0 * answer


METHODS: Final[dict[str, tuple[Make, Callable[[int, int], float]]]] = {
    "inseq saliency": (_inseq("saliency"), _steps),
    "inseq input_x_gradient": (_inseq("input_x_gradient"), _steps),
    "inseq integrated_gradients": (
        _inseq("integrated_gradients", n_steps=_STEPS),
        lambda parts, answer: 3.0 * _STEPS * answer,
    ),
    "inseq attention": (_inseq("attention"), lambda parts, answer: float(answer)),
    "captum gradient x input": (_captum_gradient, _steps),
    "captum integrated gradients": (
        _captum_integrated,
        lambda parts, answer: 3.0 * _STEPS * answer,
    ),
    "captum feature ablation": (
        ABLATIONS["captum feature ablation"],
        lambda parts, answer: float(parts),
    ),
    "context-cite": (_context_cite, lambda parts, answer: 64.0),
}
"""Each method, and the passes that it may need of the number of parts and of answer tokens."""

if __name__ == "__main__":
    main()
