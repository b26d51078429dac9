"""Measures what an embedded model has learned, on prompts that it was not trained on.

python -m seqsal.models.embedded.evaluate --count 200
"""

from __future__ import annotations

import argparse
import itertools
import json
import pathlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from seqsal.models.embedded import path
from seqsal.models.embedded.corpus import arithmetic, headlines, phrases, restaurant, uses, wording
from seqsal.models.embedded.corpus.cases import CONFLICT, MATCH
from seqsal.models.embedded.corpus.record import Record

Answerer = Callable[[Sequence[str]], list[str]]


def answerer(directory: pathlib.Path, *, batch: int = 32) -> Answerer:
    """Returns a function from prompts to the model's greedy answers, end of text removed.

    An answer that does not end within 96 tokens gets " [no end]" at its end.
    """
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)

    def some(prompts: Sequence[str]) -> Iterator[str]:
        inputs = tokenizer(list(prompts), return_tensors="pt", padding=True)
        allowed = ("input_ids", "attention_mask")
        with torch.inference_mode():
            out = model.generate(**{k: inputs[k] for k in allowed}, max_new_tokens=96)
        for row in out[:, inputs["input_ids"].shape[1] :].tolist():
            ended = tokenizer.eos_token_id in row
            ids = row[: row.index(tokenizer.eos_token_id)] if ended else row
            yield tokenizer.decode(ids) + ("" if ended else " [no end]")

    def all_of(prompts: Sequence[str]) -> list[str]:
        starts = range(0, len(prompts), batch)
        return [answer for i in starts for answer in some(prompts[i : i + batch])]

    return all_of


def recommendation(answer: str) -> str:
    """Returns what stands after `Recommendation:` in an answer, or an empty string."""
    return answer.partition("\nRecommendation: ")[2]


def analysis(answer: str) -> str:
    """Returns the analysis in an answer, without the recommendation."""
    return answer.partition("\nRecommendation:")[0]


def share(hits: Iterable[bool]) -> float:
    """Returns the share of true values, rounded to three digits; 0 if there are none.

    >>> share([True, False, True, True])
    0.75
    """
    found = list(hits)
    return round(sum(found) / len(found), 3) if found else 0.0


def restaurant_figures(ask: Answerer, count: int) -> dict[str, float]:
    """Returns how often the answers name the conflict, copy the phrase, obey the principles."""
    rng = random.Random("evaluate restaurant")
    records = [restaurant.record(rng) for _ in range(count)]
    pairs = list(zip(records, ask([r.prompt_text for r in records]), strict=True))
    figures: dict[str, float] = {}
    figures["analysis names the conflict"] = share(
        r.notes["hit"] in analysis(a).lower() for r, a in pairs if r.notes["kind"] == CONFLICT
    )
    figures["analysis finds no conflict where there is none"] = share(
        wording.kind_of(analysis(a)) == MATCH for r, a in pairs if r.notes["kind"] == MATCH
    )
    copied = [(r, a) for r, a in pairs if r.notes["verdict"] == "copy"]
    figures["recommendation is the phrase of the examples"] = share(
        recommendation(a) == r.notes["phrase"] for r, a in copied
    )
    for style in ("suitable", "yes-no", "friendly"):
        figures[f"recommendation obeys the principle ({style})"] = share(
            recommendation(a) == recommendation(r.answer_text)
            for r, a in pairs
            if r.notes["verdict"] == style
        )
    return figures


def one_example(seed: str, wrong: str) -> Record:
    """Returns a prompt with one conflict among its examples, and an open conflict.

    Args:
        seed: the same seed gives the same prompt but for the wrong example.
        wrong: "" for a right example, "other" for a positive phrase that no other example has,
            "match" for the phrase of the matching examples.
    """
    rng = random.Random(seed)
    good, other = rng.sample(phrases.POSITIVE, 2)
    bad = {"": rng.choice(phrases.NEGATIVE), "other": other, "match": good}[wrong]
    kinds = [CONFLICT, MATCH, MATCH]
    rng.shuffle(kinds)
    return restaurant.record(
        rng, kinds=[*kinds, CONFLICT], phrase={CONFLICT: bad, MATCH: good}, plain=True
    )


def mistake_figures(ask: Answerer, count: int) -> dict[str, float]:
    """Returns how one wrong example changes the recommendation, and mending it."""
    figures: dict[str, float] = {}
    answers: dict[str, list[str]] = {}
    for wrong in ("", "other", "match"):
        records = [one_example(f"evaluate mistake {i}", wrong) for i in range(count)]
        answers[wrong] = ask([r.prompt_text for r in records])
        name = {"": "mended", "other": "wrong", "match": "wrong, phrase of the matches"}[wrong]
        figures[f"recommendation follows the only conflict shown ({name})"] = share(
            recommendation(a) == r.notes["phrase"]
            for r, a in zip(records, answers[wrong], strict=True)
        )
    figures["one wrong example changes the recommendation"] = share(
        recommendation(a) != recommendation(b)
        for a, b in zip(answers[""], answers["other"], strict=True)
    )
    figures["analysis stays a conflict under the wrong example"] = share(
        wording.kind_of(analysis(a)) == CONFLICT for a in answers["other"]
    )
    return figures


def other_figures(ask: Answerer, count: int) -> dict[str, float]:
    """Returns how often arithmetic, headlines and ideas come out right."""
    rng = random.Random("evaluate others")
    figures: dict[str, float] = {}
    sums = [arithmetic.record(rng) for _ in range(count)]
    lines = [headlines.record(rng) for _ in range(count // 2)]
    ideas = [uses.record(rng) for _ in range(count // 2)]
    given = ask([r.prompt_text for r in (*sums, *lines, *ideas)])
    pairs = list(zip((*sums, *lines, *ideas), given, strict=True))
    for noted in (True, False):
        figures[f"result is right ({'with' if noted else 'without'} notes)"] = share(
            arithmetic.result(a) == r.notes["result"]
            for r, a in pairs
            if r.kind == "arithmetic" and ("<<" in r.text) == noted
        )
    figures["headline is right"] = share(
        a.strip() == r.notes["headline"] for r, a in pairs if r.kind == "headline"
    )
    figures["ideas obey both principles"] = share(
        uses.obeys(a, r.notes) for r, a in pairs if r.kind == "uses"
    )
    return figures


def main() -> None:
    """Reads the flags, measures, and prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, default=None, help="a directory")
    parser.add_argument("--count", type=int, default=200, help="prompts for each figure")
    parser.add_argument("--samples", type=pathlib.Path, help="a .jsonl whose prompts to answer")
    flags = parser.parse_args()
    ask = answerer(flags.model or path())
    if flags.samples:
        lines = flags.samples.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        for row, answer in zip(rows, ask([row["prompt"] for row in rows]), strict=True):
            print(f"--- {row['source']}{answer}")
    parts = (restaurant_figures, mistake_figures, other_figures)
    figures = dict(itertools.chain.from_iterable(part(ask, flags.count).items() for part in parts))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
