"""The tools to compare, each as one function from a text and a mask to scores."""

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqsal.models.arrays import NumpyArray

Explain = Callable[[str, Sequence[float]], NumpyArray]


def seqsal(model: Any, tokenizer: Any, method: str = "grad_l2", segments: int = 0) -> Explain:
    """Returns a method of this package, through the LIT model that a server calls.

    Args:
        model: the model.
        tokenizer: its tokenizer.
        method: the name of the method.
        segments: for methods that score segments: how many, all before the selection.
    """
    from seqsal.lit.model_group import make_group
    from seqsal.models.transformers import HFCausalLM

    salience = make_group("m", HFCausalLM(model, tokenizer))["_m_salience"]
    return _through_lit(salience, method, {"methods": [method]}, segments)


def lit(model: Any, tokenizer: Any) -> Explain:
    """Returns GradNorm L2 of the wrapper in lit-nlp."""
    from lit_nlp.examples.prompt_debugging import transformers_lms

    model.framework = "pt"  # lit-nlp 1.3.1 reads this attribute, which Transformers 5 removed.
    salience = transformers_lms.HFSalienceModel(model=model, tokenizer=tokenizer)
    return _through_lit(salience, "grad_l2", {})


def _through_lit(model: Any, method: str, options: dict[str, Any], segments: int = 0) -> Explain:
    def explain(text: str, mask: Sequence[float]) -> NumpyArray:
        record = {"prompt": text, "target": "", "target_mask": list(mask), **options}
        if segments:
            # The first token stays, as a special token would.
            bounds = np.linspace(1, list(mask).index(1.0), segments + 1).astype(int).tolist()
            record["segments"] = [list(pair) for pair in itertools.pairwise(bounds)]
        (output,) = model.predict([record])
        return np.asarray(output[method])

    return explain


ALL: dict[str, Callable[[Any, Any], Explain]] = {
    "seqsal": seqsal,
    "seqsal linearized": functools.partial(seqsal, method="linearized"),
    "lit 1.3.1": lit,
}
COSTLY: dict[str, Callable[[Any, Any], Explain]] = {
    "seqsal integrated_gradients": functools.partial(seqsal, method="integrated_gradients"),
    "seqsal ablation": functools.partial(seqsal, method="ablation", segments=25),
    "seqsal lime": functools.partial(seqsal, method="lime", segments=25),
}
"""Methods that take many passes for each selection; the last two score 25 segments."""
