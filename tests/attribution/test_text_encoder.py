"""Answers that are generated ahead, and clicks while they are."""

import threading

from seqsal.attribution.text_encoder import TextEncoder
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import Task
from seqsal.models.transformers import HFCausalLM

OPTIONS = GenerationOptions(max_new_tokens=30)


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
