"""How near a selection comes to the floor: the matrix products that no method can do without.

    python -m benchmarks.floor --tokens 1024

The floor is 4 x (weights outside of the embeddings) x tokens FLOPs: 2 for the forward pass and 2
for the backward pass to the inputs, at the rate of a plain matrix product of the same type here.
"""

import argparse
from functools import partial
from typing import Any, Final

import torch

from benchmarks import measure, shapes

LAYERS: Final = 3
TARGET: Final = 20


def main() -> None:
    """Prints a table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=5)
    row = share(**vars(parser.parse_args()))
    measure.write("floor", [row])
    print(
        measure.table(
            ["hidden", "layers", "tokens", "selection", "matrix products", "share of the floor"],
            [
                [
                    *(str(row[name]) for name in ("hidden", "layers", "tokens")),
                    f"{row['seconds']:.2f} s",
                    f"{row['rate'] / 1e9:.0f} GFLOP/s",
                    f"{row['share']:.0%}",
                ]
            ],
        )
    )


def share(tokens: int, repeats: int) -> dict[str, Any]:
    """Returns the floor's share of the time of a first selection, the median of some runs.

    Each run is set against the rate right before it, since other programs may run too.
    """
    from seqsal.attribution.engine import Engine
    from seqsal.models.objective import Objective
    from seqsal.models.transformers import HFCausalLM

    model = shapes.wide(LAYERS)
    lm = HFCausalLM(model, shapes.word_tokenizer(100))
    weights = sum(parameter.numel() for parameter in model.model.layers.parameters())
    runs = []
    for seed in range(repeats + 1):
        ids = tuple(torch.randint(2, 100, (tokens,), generator=_seeded(seed)).tolist())
        rate = matmul_rate()
        target = [Objective.of_tokens(ids, range(tokens - TARGET, tokens))]
        seconds = measure.seconds(partial(Engine(lm, trace_memory=0).scores, ids, target))
        runs.append((4 * weights * tokens / seconds / rate, seconds, rate))
    portion, seconds, rate = sorted(runs[1:])[repeats // 2]  # The first run warms up.
    return {
        "hidden": model.config.hidden_size,
        "layers": LAYERS,
        "tokens": tokens,
        "seconds": seconds,
        "rate": rate,
        "share": portion,
    }


def matmul_rate(size: int = 2048, dtype: torch.dtype = torch.float32) -> float:
    """Returns the FLOPs a second of a plain matrix product, the best of ten."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))

    def multiply() -> None:
        torch.mm(a, b)
        if device == "cuda":
            torch.cuda.synchronize()

    multiply()
    return 2 * size**3 / min(measure.seconds(multiply) for _ in range(10))


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


if __name__ == "__main__":
    main()
