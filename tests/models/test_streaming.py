"""The stream of an answer, and its cancellation."""

from typing import Any

import pytest

from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.pieces import Continuation, from_decoding
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task
from seqsal.models.streaming import ResponseStream
from seqsal.models.transformers import HFCausalLM
from tests import tiny


def _decode(ids: Any) -> str:
    return bytes(ids).decode("utf-8", errors="replace")


class _Watcher:
    """Records events, and cancels after a number of pieces."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        self._stop_after = stop_after
        self.task = Task(report=self._note)

    def _note(self, event: str, details: dict[str, Any]) -> None:
        if event == "progress":
            self.events.append(details)
        if len(self.pieces) == self._stop_after:
            self.task.cancel()

    @property
    def pieces(self) -> list[str]:
        return [event["text"] for event in self.events if event["stage"] == "writing"]


def test_the_text_comes_in_whole_characters() -> None:
    watcher = _Watcher()
    with tasks.use_task(watcher.task):
        writing = ResponseStream(_decode, [b"Hi:"], end_ids=[0])
        for byte in "aé👍🏽b".encode() + b"\0":
            writing.add([byte])
    assert watcher.events[0] == {"stage": "forward"}
    assert watcher.pieces == ["a", "é", "👍", "🏽", "b"]


@pytest.mark.parametrize("name", tiny.EXACT_TEXTS)
def test_pieces_of_one_id_after_the_other_are_those_of_all(name: str) -> None:
    ids = list(tiny.EXACT_TEXTS[name].encode())
    continuation = Continuation(_decode, b"x")
    pieces = [piece for token in ids for piece in continuation.add(token)] + continuation.end()
    assert pieces == from_decoding(ids, _decode, b"x")
    assert "".join(pieces) == tiny.EXACT_TEXTS[name]


def test_bytes_that_never_become_a_character_come_at_the_end() -> None:
    continuation = Continuation(_decode, b"")
    assert continuation.add("é".encode()[0]) == []
    assert continuation.end() == ["\N{REPLACEMENT CHARACTER}"]


def _lm() -> HFCausalLM:
    return HFCausalLM(tiny.model("llama"), tiny.byte_level_tokenizer())


def test_the_stream_is_the_answer_in_whole_characters() -> None:
    lm, watcher, options = _lm(), _Watcher(), GenerationOptions(max_new_tokens=20)
    with tasks.use_task(watcher.task):
        ((answer,),) = lm.generate([lm.encode("Taste")], options)
    assert len(watcher.pieces) > 2
    assert answer.text.startswith("".join(watcher.pieces))
    ((unwatched,),) = lm.generate([lm.encode("Taste")], options)
    assert unwatched == answer


def test_the_text_of_several_answers_is_not_streamed() -> None:
    lm, watcher = _lm(), _Watcher()
    prompts = [lm.encode("Taste"), lm.encode("Fox")]
    with tasks.use_task(watcher.task):
        lm.generate(prompts, GenerationOptions(max_new_tokens=5))
    assert watcher.events == [{"stage": "forward"}]


def test_cancelled_generation_stops_and_the_model_is_unchanged() -> None:
    lm, watcher, options = _lm(), _Watcher(stop_after=3), GenerationOptions(max_new_tokens=40)
    before = lm.generate([lm.encode("Taste")], options)
    with tasks.use_task(watcher.task), pytest.raises(CancelledError):
        lm.generate([lm.encode("Taste")], options)
    assert len(watcher.pieces) == 3
    assert lm.queue.length == 0
    assert lm.generate([lm.encode("Taste")], options) == before
