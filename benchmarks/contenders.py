"""The tools that are compared, each behind one function: a text and a mask in, scores out."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqsal.models.arrays import NumpyArray

Explain = Callable[[str, Sequence[float]], NumpyArray]


def seqsal(model: Any, tokenizer: Any) -> Explain:
    """Returns GradNorm L2 by this package, through the LIT model that a server would call."""
    from seqsal.lit.model_group import make_group
    from seqsal.models.transformers import HFCausalLM

    salience = make_group("m", HFCausalLM(model, tokenizer))["_m_salience"]
    return _through_lit(salience)


def lit(model: Any, tokenizer: Any) -> Explain:
    """Returns GradNorm L2 by the wrapper that ships with lit-nlp."""
    from lit_nlp.examples.prompt_debugging import transformers_lms

    model.framework = "pt"  # lit-nlp 1.3.1 asks for it; Transformers 5 no longer has it.
    return _through_lit(transformers_lms.HFSalienceModel(model=model, tokenizer=tokenizer))


def _through_lit(model: Any) -> Explain:
    def explain(text: str, mask: Sequence[float]) -> NumpyArray:
        (output,) = model.predict([{"prompt": text, "target": "", "target_mask": list(mask)}])
        return np.asarray(output["grad_l2"])

    return explain


ALL: dict[str, Callable[[Any, Any], Explain]] = {"seqsal": seqsal, "lit 1.3.1": lit}
