"""Answers that are generated ahead, and clicks while they are."""

import gc
import threading
import weakref

import pytest

from seqsal.attribution.text_encoder import TextEncoder
from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task
from seqsal.models.transformers import HFCausalLM

OPTIONS = GenerationOptions(max_new_tokens=30)
PROMPT = "Taste-likes:"


def test_the_start_of_an_answer_has_the_ids_of_its_generation(lm: HFCausalLM) -> None:
    encoder = TextEncoder(lm, OPTIONS)
    ((answer,),) = encoder.answers([PROMPT])
    prompt, pieces = lm.encode(PROMPT), answer.encoding.pieces
    for count in range(1, len(pieces)):
        start = "".join(pieces[:count])
        sequence = encoder.sequence({"prompt": PROMPT, "target": start})
        assert sequence.text == PROMPT + start
        if pieces[count] != "":  # A character of several tokens stays whole.
            longest = count
            assert sequence.ids[len(prompt) :] == answer.encoding.ids[:longest]
    within = answer.text[:-1]  # It may end within a token; then it is tokenized with the prompt.
    assert encoder.sequence({"prompt": PROMPT, "target": within}).text == PROMPT + within


def test_a_prompt_without_a_target_must_leave_room_for_an_answer(lm: HFCausalLM) -> None:
    encoder, limit = TextEncoder(lm, OPTIONS), lm.context_length
    assert limit is not None
    prompt = PROMPT
    while len(lm.encode(prompt)) < limit:
        prompt += " a"
    over = len(lm.encode(prompt)) + 1 - limit
    with pytest.raises(ValueError, match=rf"^The prompt has .* Shorten it by {over} tokens"):
        encoder.sequence({"prompt": prompt, "target": ""})
    with pytest.raises(ValueError, match="^The prompt has"):
        encoder.answers([prompt])
    assert encoder.sequence({"prompt": prompt[: len(prompt) - 4 * over], "target": ""})


def test_a_click_does_not_wait_for_an_answer_that_is_generated_ahead(lm: HFCausalLM) -> None:
    expected = TextEncoder(lm, OPTIONS).answers(["Taste-likes:"])
    encoder, order = TextEncoder(lm, OPTIONS), list[str]()
    begun, clicked = threading.Event(), threading.Event()

    def report(_: str, details: dict[str, object]) -> None:
        if details.get("stage") == "writing" and not begun.is_set():
            begun.set()
            clicked.wait()

    ahead = Task(prefetch=True, report=report)
    answers = []

    def generate() -> None:
        with tasks.use_task(ahead):
            answers.append(encoder.answers(["Taste-likes:"]))
        order.append("ahead")

    thread = threading.Thread(target=generate)
    thread.start()
    begun.wait()
    # The click is in the queue before the next token.
    click = Task(report=lambda event, _: clicked.set() if event == "queued" else None)
    with tasks.use_task(click), lm.queue:
        order.append("click")
        assert not answers
    thread.join()
    assert order == ["click", "ahead"]
    assert answers == [expected]


def test_the_encodings_of_many_short_prompts_do_not_stay(lm: HFCausalLM) -> None:
    encoder, made = TextEncoder(lm, OPTIONS), list[weakref.ref[Encoding]]()
    for number in range(2500):
        made.append(weakref.ref(encoder.sequence({"prompt": f"Dish: {number}"})))
    gc.collect()
    assert made[-1]() is not None
    assert sum(each() is not None for each in made) < 1500
