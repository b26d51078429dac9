"""The models, with the form of prompts that each was tuned for, and their answers."""

import copy
import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any, Final

import torch

from benchmarks import real_models
from benchmarks.faithfulness.tasks import Layout, Task
from seqsal.models import embedded
from seqsal.models.checkpoints import known
from seqsal.models.transformers import HFCausalLM
from seqsal.models.transformers.loading import load

ANSWER_TOKENS: Final = 16
"""Most tokens of an answer."""
_ENDS: Final = (".", "!", "?")

Ids = tuple[int, ...]
MODELS: Final = (*known.MODELS, "embedded:small")


@dataclasses.dataclass
class Model:
    """A language model under test.

    Attributes:
        name: a name in `MODELS`.
        folder: its checkpoint.
        lm: the model, in float32 so that all tools compute the same.
        chat: whether prompts are in its chat template.
    """

    name: str
    folder: str
    lm: HFCausalLM
    chat: bool

    @classmethod
    def load(cls, name: str) -> "Model":
        """Loads a model; a real one is fetched on first use.

        Raises:
            ValueError: there is no such model.
        """
        if name not in MODELS:
            raise ValueError(f"A model must be one of {', '.join(MODELS)}; got {name!r}.")
        real = name in known.MODELS
        folder = (
            str(real_models.folder(name))
            if real
            else str(embedded.path(name.removeprefix("embedded:")))
        )
        chat = real and known.MODELS[name].chat
        return cls(name, folder, load(folder, precision="float32", chat_template=chat), chat)

    def layout(self, task: Task) -> Layout:
        """Returns the layout of a task's prompts for this model."""
        return task.chat if self.chat else task.plain

    def answers(self, prompts: Sequence[Ids]) -> list[Ids]:
        """Returns the greedy answer to each prompt, up to the end of its first sentence.

        What the prompts share at the start is run once.
        """
        return [self._first_sentence(ids) for ids in greedy(self.lm.model, prompts, ANSWER_TOKENS)]

    def text(self, ids: Ids) -> str:
        """Returns the text of some tokens."""
        return str(self.lm.tokenizer.decode(ids, skip_special_tokens=True))

    def _first_sentence(self, ids: Ids) -> Ids:
        stops = _eos_ids(self.lm.model)
        for end in range(len(ids)):
            if ids[end] in stops or "\n" in self.text(ids[: end + 1]).lstrip():
                return ids[:end]
            if self.text(ids[: end + 1]).endswith(_ENDS):
                return ids[: end + 1]
        return ids


@torch.no_grad()
def greedy(model: Any, prompts: Sequence[Ids], limit: int) -> list[Ids]:
    """Returns the likeliest next tokens after each prompt, up to an end token or a limit.

    What all prompts share at the start is run once.
    """
    shared = min(_common_start(prompts), min(map(len, prompts)) - 1)
    cache = None
    if shared:
        ids = torch.tensor([prompts[0][:shared]])
        cache = model(ids, use_cache=True, logits_to_keep=1).past_key_values
    # Padding would shift a sliding window.
    groups = _by_length(prompts) if _slides(model) else [list(range(len(prompts)))]
    answers: dict[int, Ids] = {}
    for group in groups:
        own = copy.deepcopy(cache) if len(groups) > 1 else cache
        if own is not None:
            own.batch_repeat_interleave(len(group))
        rest = [prompts[i][shared:] for i in group]
        answers |= dict(zip(group, _continued(model, rest, own, shared, limit), strict=True))
    return [answers[i] for i in range(len(prompts))]


def _continued(
    model: Any, prompts: Sequence[Ids], cache: Any, shared: int, limit: int
) -> list[Ids]:
    """Returns the likeliest tokens after prompts whose shared start is in a cache.

    Shorter prompts are padded at their start, after what is shared.
    """
    longest = max(map(len, prompts))
    padding = torch.tensor([longest - len(prompt) for prompt in prompts])[:, None]
    ids = torch.tensor([[0] * (longest - len(prompt)) + list(prompt) for prompt in prompts])
    columns = torch.arange(longest)[None]
    mask = torch.cat([torch.ones(len(prompts), shared), (columns >= padding).float()], 1).long()
    positions = shared + (columns - padding).clamp(min=0)
    stops = _eos_ids(model)
    rows: list[list[int]] = [[] for _ in prompts]
    open_rows = set(range(len(rows)))
    for _ in range(limit):
        output = model(
            ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        cache, ids = output.past_key_values, output.logits[:, -1].argmax(-1, keepdim=True)
        mask = torch.cat([mask, torch.ones(len(prompts), 1, dtype=torch.long)], 1)
        positions = positions[:, -1:] + 1
        for row in sorted(open_rows):
            token = int(ids[row, 0])
            rows[row].append(token)
            if token in stops:
                open_rows.remove(row)
        if not open_rows:
            break
    return [tuple(row) for row in rows]


def _common_start(prompts: Sequence[Ids]) -> int:
    """Returns how many tokens all prompts have in common at their start."""
    columns = zip(*prompts, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda column: len(set(column)) == 1, columns))


def _slides(model: Any) -> bool:
    """Returns whether a layer attends to a window of tokens only."""
    return "sliding_attention" in (getattr(model.config, "layer_types", None) or ())


def _by_length(prompts: Sequence[Ids]) -> list[list[int]]:
    groups: dict[int, list[int]] = {}
    for i, prompt in enumerate(prompts):
        groups.setdefault(len(prompt), []).append(i)
    return list(groups.values())


def _eos_ids(model: Any) -> set[int]:
    eos = model.generation_config.eos_token_id
    return set() if eos is None else {eos} if isinstance(eos, int) else set(eos)
