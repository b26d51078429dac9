"""An estimate of the memory and time of a checkpoint, before its weights are loaded.

The configuration gives the size of the weights. The costs of a sequence are measured on models of
one and two layers of the real shape, with random weights and a small vocabulary, for each type of
layer (Gemma 3 has two): the difference between the two is a layer, the rest is the base.
"""

import copy
import time
from collections import Counter
from typing import Any, Final

import numpy as np
import torch
import transformers
from jaxtyping import Float

from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Estimate
from seqsal.models.costs import Costs
from seqsal.models.limits import DoesNotFitError
from seqsal.models.pytorch import free_bytes
from seqsal.models.transformers import loading
from seqsal.models.transformers._accelerate import mixed_precision
from seqsal.models.transformers.graph import Graph
from seqsal.models.transformers.memory import measure_costs, needs_checkpoints
from seqsal.models.transformers.network import Network

_LENGTHS: Final = {"cuda": (1024, 4096)}
_LENGTHS_ELSEWHERE: Final = (128, 512)
"""Tokens at which times are measured; those of longer sequences are extrapolated."""
_WORDS: Final = 64
_TARGET: Final = 20
_LOGIT_COPIES: Final = 4
"""Logits in the model's type and in float32, their log-softmax, and its gradient."""

_SHAPE: Final = {"trust_remote_code": False}
"""Arguments of `from_config`: without it, Transformers prompts on the terminal."""

Factors = Float[NumpyArray, "3 2"]
"""Rows: bytes, forward seconds, backward seconds. Columns: per token, per pair of tokens."""


def estimate(
    path: str,
    tokens: int,
    *,
    precision: str = "auto",
    device: str = "auto",
    attention: str = "auto",
    trust_remote_code: bool = False,
) -> Estimate:
    """Returns an estimate of the costs of salience with a checkpoint.

    Args:
        path: folder or hub id; only the configuration is read.
        tokens: tokens of the sequence.
        precision: as in `load`.
        device: as in `load`; spread measures on the first accelerator.
        attention: as in `load`.
        trust_remote_code: as in `load`.

    Raises:
        ValueError: there is no such checkpoint or device, or its shape cannot be
            measured.
    """
    config, dtype, place = loading.shape(path, precision, device, attention, trust_remote_code)
    text = config.get_text_config()
    always = precision == "auto"
    factors, hidden, computed = _factors(text, dtype, place, always)
    memory, forward, backward = np.maximum(factors, 0.0)
    costs = Costs(
        per_token=memory[0], per_pair=memory[1], hidden=hidden, layers=text.num_hidden_layers
    )
    parameters, weights = _weights(config, dtype, computed, precision)
    powers = np.array([tokens, tokens * tokens])
    free, head = free_bytes(place), _TARGET * text.vocab_size * 4 * _LOGIT_COPIES
    try:
        checkpoints, fits = needs_checkpoints(tokens, costs, free - weights - head), True
    except DoesNotFitError:
        checkpoints, fits = True, False
    return Estimate(
        tokens=tokens,
        parameters=parameters,
        weight_bytes=weights,
        graph_bytes=costs.graph(tokens),
        checkpointed_bytes=costs.checkpointed(tokens),
        head_bytes=head,
        forward_seconds=float(forward @ powers),
        backward_seconds=float(backward @ powers),
        free_bytes=free,
        device=str(place),
        dtype=str(computed).removeprefix("torch."),
        context_length=getattr(text, "max_position_embeddings", None),
        fits=fits,
        checkpoints=checkpoints,
    )


def _factors(
    text: Any, dtype: torch.dtype, device: torch.device, always: bool
) -> tuple[Factors, float, torch.dtype]:
    """Returns the factors of all layers, the bytes of a hidden state, and the computation type."""
    kinds = getattr(text, "layer_types", None) or ["layer"] * text.num_hidden_layers
    total: Factors | None = None
    hidden = 0.0
    for kind, count in Counter(kinds).items():
        networks = [_network(text, [kind] * n, dtype, device, always) for n in (1, 2)]
        (one, hidden), (two, _) = (_measured(network, text) for network in networks)
        base = one - (two - one) if total is None else total
        total = base + count * (two - one)
    assert total is not None, "a model has layers"
    return total, hidden, networks[0].dtype


def _network(
    text: Any, kinds: list[str], dtype: torch.dtype, device: torch.device, always: bool
) -> Network:
    """Returns a network of the shape with layers of the given types, in order."""
    config = copy.deepcopy(text)
    config.num_hidden_layers, config.vocab_size = len(kinds), _WORDS
    config.pad_token_id = config.bos_token_id = config.eos_token_id = None
    if getattr(config, "layer_types", None):
        config.layer_types = kinds
    try:
        with device:
            model = transformers.AutoModelForCausalLM.from_config(config, dtype=dtype, **_SHAPE)
        mixed_precision.apply(model, always=always)
        return Network(model)
    except Exception as error:  # Architectures raise errors of any type.
        raise ValueError(
            f"The costs of a {text.model_type} model cannot be estimated: it cannot be built"
            f" with {len(kinds)} layers. The reason given: {error}"
        ) from error


def _measured(network: Network, text: Any) -> tuple[Factors, float]:
    """Returns the factors of a network, and the bytes of a token's hidden state."""
    costs = measure_costs(network)  # It is also the warm-up.
    longest = getattr(text, "max_position_embeddings", None) or 10**9
    lengths = [
        min(length, longest // 4 ** (1 - i))
        for i, length in enumerate(_LENGTHS.get(network.device.type, _LENGTHS_ELSEWHERE))
    ]
    seconds = np.array([_seconds(network, length) for length in lengths])
    powers = np.array([[length, length * length] for length in lengths], float)
    forward, backward = np.linalg.solve(powers, seconds).T
    return np.array([[costs.per_token, costs.per_pair], forward, backward]), costs.hidden


def _seconds(network: Network, tokens: int) -> tuple[float, float]:
    """Returns the seconds of a forward and of a backward pass, the best of three."""
    ids = torch.zeros(tokens, dtype=torch.long, device=network.device)
    times = []
    for _ in range(3):
        start = _now(network.device)
        graph = Graph(network, ids, intercept=None, checkpoint=False)
        middle = _now(network.device)
        graph.backward(torch.ones_like(graph.hidden)[None])
        times.append((middle - start, _now(network.device) - middle))
    forward, backward = (min(column) for column in zip(*times, strict=True))
    return forward, backward


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def _weights(
    config: Any, dtype: torch.dtype, computed: torch.dtype, precision: str
) -> tuple[int, int]:
    """Returns the number of a model's weights, and their bytes, without allocating them."""
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=dtype, **_SHAPE)
    if computed != dtype:
        mixed_precision.widen(model)
    head = model.get_output_embeddings()
    narrow = sum(  # bitsandbytes quantizes linear layers, and leaves the head as it is.
        module.weight.nbytes
        for module in model.modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    )
    parameters = sum(parameter.numel() for parameter in model.parameters())
    share = loading.BITS_OF_LINEAR.get(precision, dtype.itemsize * 8) / (dtype.itemsize * 8)
    total = sum(parameter.nbytes for parameter in model.parameters())
    return parameters, round(narrow * share) + total - narrow
