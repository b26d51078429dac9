"""Trains an embedded model from a seed: tokenizer, weights and a log.

    python -m training.train --minutes 60 --out /tmp/small

The text and the tokenizer depend only on the seed. The number of steps depends on the speed of the
computer, so the weights differ a little from run to run.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import pathlib
import time
from collections.abc import Mapping

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import LlamaForCausalLM

from training import corpus
from training import tokenizer as tokenizers
from training.batches import batches, choices, echoes
from training.lessons import Lessons
from training.network import SIZES, loss_of, new_model, prepare, save
from training.optimizers import new_optimizers, rate
from training.resize import resize
from training.wiring import wire

SAVE_EVERY = 180.0  # seconds


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is trained.

    Attributes:
        seed: the seed of the text, the tokenizer and the initial weights.
        minutes: the training time.
        size: a name in `SIZES`.
        peak: the highest learning rate.
        batch_tokens: the number of tokens per step, with padding.
        device: a device of PyTorch.
        begin: the folder of a model of another size to start from; None for random weights.
        layers: the layers of that model to use; all if empty.
        out: the output folder.
    """

    seed: int = 1
    minutes: float | int = 60
    size: str = "small"
    peak: float = 2e-3
    batch_tokens: int = 2560
    device: str = "cpu"
    begin: pathlib.Path | None = None
    layers: tuple[int, ...] = ()
    out: pathlib.Path

    def __post_init__(self) -> None:
        """Raises ValueError for a size that does not exist or a time that is not positive."""
        if self.size not in SIZES:
            raise ValueError(
                f"size must be the name of a shape: expected one of {sorted(SIZES)}, got"
                f" {self.size!r}."
            )
        if self.minutes <= 0:
            raise ValueError(f"Training needs time: expected minutes > 0, got {self.minutes}.")


class Run:
    """A training run: a model, its optimizers and its progress."""

    def __init__(self, recipe: Recipe, resume: pathlib.Path | None = None) -> None:
        """Starts from new weights, or resumes from `resume.pt` and the tokenizer in its folder."""
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.state = {"step": 0, "tokens": 0, "seconds": 0.0}
        self.model = new_model(SIZES[recipe.size])
        if recipe.begin:
            source = LlamaForCausalLM.from_pretrained(recipe.begin, dtype=torch.float32)
            layers = recipe.layers or range(source.config.num_hidden_layers)
            resize(source, self.model, layers)
        else:
            wire(self.model)
        prepare(self.model, recipe.device)
        self.optimizers = new_optimizers(self.model)
        if resume is None:
            known = recipe.begin and Tokenizer.from_file(str(recipe.begin / "tokenizer.json"))
            self.tokenizer = known or learned_tokenizer(recipe)
            return
        self.tokenizer = Tokenizer.from_file(str(resume.parent / "tokenizer.json"))
        saved = torch.load(resume, map_location=recipe.device)
        self.model.load_state_dict(saved["model"])
        for optimizer, state in zip(self.optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.state = saved["state"]

    def step(self, ids: Tensor, weights: Tensor, rate: float) -> float:
        """Takes one step and returns the loss before it."""
        ids, weights = ids.to(self.recipe.device), weights.to(self.recipe.device)
        for group in itertools.chain(*(o.param_groups for o in self.optimizers)):
            group["lr"] = rate
        loss = loss_of(self.model, ids, weights)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.state["step"] += 1
        self.state["tokens"] += ids.numel()
        return loss.item()

    def save(self) -> None:
        """Writes the model, and the state that is needed to resume."""
        save(self.model, self.tokenizer, self.recipe.out)
        whole = {
            "model": self.model.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "state": self.state,
        }
        torch.save(whole, self.recipe.out / "resume.pt")

    def log(self, losses: Mapping[str, float]) -> None:
        """Appends a line to the log: step, tokens, seconds, and the loss of each source."""
        line = json.dumps({**self.state, "loss": {k: round(v, 4) for k, v in losses.items()}})
        print(line, flush=True)
        with (self.recipe.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def learned_tokenizer(recipe: Recipe) -> Tokenizer:
    """Returns the tokenizer of a recipe, trained on text of its seed."""
    records = itertools.islice(corpus.records(f"words {recipe.seed}"), 20_000)
    return tokenizers.learn((r.text for r in records), SIZES[recipe.size].vocab)


def fit(recipe: Recipe, *, resume: pathlib.Path | None = None) -> None:
    """Trains a model and saves it to `recipe.out` every few minutes and at the end."""
    recipe.out.mkdir(parents=True, exist_ok=True)
    run = Run(recipe, resume)
    # A resumed run must not repeat the same text.
    seed = f"train {recipe.seed} {run.state['step']}"
    sources = {
        "text": batches(seed, run.tokenizer, recipe.batch_tokens),
        "echoes": echoes(seed, SIZES[recipe.size].vocab, recipe.batch_tokens),
        "choices": choices(seed, run.tokenizer, recipe.batch_tokens),
    }
    began = time.monotonic() - run.state["seconds"]
    saved_at, lessons = run.state["seconds"], Lessons()
    while (progress := run.state["seconds"] / (recipe.minutes * 60)) < 1:
        source = lessons.source(int(run.state["step"]), progress)
        loss = run.step(*next(sources[source]), rate(progress, recipe.peak))
        lessons.learned(source, loss)
        run.state["seconds"] = time.monotonic() - began
        if run.state["step"] % 100 == 0:
            run.log(lessons.losses)
        if run.state["seconds"] - saved_at > SAVE_EVERY:
            saved_at = run.state["seconds"]
            run.save()
    run.save()


def main() -> None:
    """Parses the flags and trains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--peak", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument(
        "--device",
        default="cuda" if torch.cuda.is_available() else "cpu",
        help="a device of PyTorch; the default is the GPU if there is one",
    )
    parser.add_argument(
        "--begin", type=pathlib.Path, help="the folder of a model of another size to start from"
    )
    parser.add_argument(
        "--layers",
        type=lambda text: tuple(map(int, text.split(","))),
        default=(),
        help="the layers of that model to use, such as 0,3,4,5; default: all",
    )
    parser.add_argument("--resume", type=pathlib.Path, help="a resume.pt to resume from")
    flags = vars(parser.parse_args())
    resume = flags.pop("resume")
    fit(Recipe(**flags), resume=resume)


if __name__ == "__main__":
    main()
