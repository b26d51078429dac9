"""`linearized` with other weights for the tokens of an answer, as further rows.

    python -m benchmarks.faithfulness --plugin benchmarks.faithfulness.token_weights

The gradient of a log-probability weighs a token by what its probability p lacks: it is 1 - p times
the gradient of its logit against the other tokens. So the tokens that the model was least sure of
count most in the map of a whole answer. These rows explain the sum of the tokens' probabilities
(weight p) and of the logits of their probabilities (weight 1 / (1 - p)) instead.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.faithfulness.contenders import Contender, sums
from benchmarks.faithfulness.items import Item
from benchmarks.faithfulness.models import Model
from seqsal.attribution.engine import Engine
from seqsal.models.arrays import NumpyArray
from seqsal.models.objective import Objective, Term

_LEAST_DOUBT = 1e-6
"""The smallest 1 - p: single precision has no more digits."""


def contenders(model: Model) -> list[Contender]:
    """Returns a row for each kind of weight."""

    def row(name: str, weight: Callable[[float], float]) -> Contender:
        return Contender(f"linearized of {name}", lambda item: _scores(model, item, weight))

    return [
        row("probabilities", lambda p: p),
        row("logits", lambda p: 1 / max(1 - p, _LEAST_DOUBT)),
    ]


def _scores(model: Model, item: Item, weight: Callable[[float], float]) -> NumpyArray:
    ids = item.ids + item.answer
    engine = Engine(model.lm)
    logprobs = engine.logprobs(ids, list(item.positions))
    objective = Objective(
        frozenset(
            (Term(position, ids[position]), weight(float(np.exp(logprob))))
            for position, logprob in zip(item.positions, logprobs, strict=True)
        )
    )
    (scores,) = engine.scores(ids, [objective], ["linearized"], segments=item.segments)
    return sums(scores["linearized"], item)
