"""A sequence, what is explained in it, and its value without some of its tokens."""

from typing import Any

import numpy as np
import torch

from seqsal.models.objective import Objective
from seqsal.models.transformers import HFCausalLM
from tests import tiny

IDS = tuple(np.random.default_rng(0).integers(3, tiny.VOCABULARY, 31).tolist())
OBJECTIVE = Objective.of_tokens(IDS, [25, 26, 29])
SEGMENTS = ((0, 4), (4, 9), (9, 10), (12, 20), (20, 25))


def tiny_lm(architecture: str) -> HFCausalLM:
    """Returns a tiny model that runs the sequence."""
    return HFCausalLM(tiny.model(architecture), tiny.byte_level_tokenizer())


def value_without(lm: HFCausalLM, ranges: Any, objective: Objective = OBJECTIVE) -> float:
    """Returns the objective of the shortened sequence, by the whole model alone."""
    removed = {position for start, end in ranges for position in range(start, end)}
    kept = [position for position in range(objective.end + 1) if position not in removed]
    with torch.no_grad():
        logits = lm.model(torch.tensor([[IDS[position] for position in kept]])).logits[0]
    logprobs = logits.float().log_softmax(dim=-1)
    return sum(
        weight * float(logprobs[kept.index(term.position) - 1, term.token])
        for term, weight in objective.weights
    )
