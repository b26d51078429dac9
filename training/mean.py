"""Averages the weights of models that were trained from the same one.

    python -m training.mean /tmp/before /tmp/after --out /tmp/small

What all of them have learned stays; random differences, such as in wording, weigh less (Wortsman
et al. 2022, arXiv 2203.05482).
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from training.network import save


def mean(directories: Sequence[pathlib.Path]) -> LlamaForCausalLM:
    """Returns the mean of the weights of models, in float32.

    Args:
        directories: folders of models with the same shape and tokenizer.

    Raises:
        ValueError: there is no model, or shapes or tokenizers differ.
    """
    if len({(each / "tokenizer.json").read_bytes() for each in directories}) != 1:
        raise ValueError(
            "Averaged models must have the same tokenizer: expected one tokenizer.json, got"
            f" several, or no model, in {[str(each) for each in directories]}."
        )
    models = [LlamaForCausalLM.from_pretrained(d, dtype=torch.float32) for d in directories]
    states = [model.state_dict() for model in models]
    shapes = [{name: weight.shape for name, weight in state.items()} for state in states]
    if any(each != shapes[0] for each in shapes):
        raise ValueError(
            "Averaged models must be models of one shape: expected that of"
            f" {directories[0]}, got others in {[str(each) for each in directories[1:]]}."
        )
    whole: LlamaForCausalLM = models[0]
    whole.load_state_dict(
        {name: torch.stack([state[name] for state in states]).mean(dim=0) for name in shapes[0]}
    )
    return whole


def main() -> None:
    """Parses the flags and writes the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directories", type=pathlib.Path, nargs="+", help="the models")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    flags = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(flags.directories[0] / "tokenizer.json"))
    flags.out.mkdir(parents=True, exist_ok=True)
    save(mean(flags.directories), tokenizer, flags.out)


if __name__ == "__main__":
    main()
