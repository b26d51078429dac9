"""Generated answers on every backend."""

import numpy as np
import pytest

from seqsal.models.causal_lm import Encoding, GenerationOptions
from seqsal.models.keras.lm import KerasCausalLM
from seqsal.models.progress import tasks
from seqsal.models.progress.tasks import CancelledError, Task
from tests.models.keras.checkpoints import TEXT
from tests.models.keras.models import NoTokens, gradients_of
from tests.objectives import terms


def test_answers_in_a_batch_are_those_of_single_prompts(llama: KerasCausalLM) -> None:
    prompts = [llama.encode(text) for text in ("Taste", "The quick brown", "def add(a):\n")]
    assert len({len(prompt) for prompt in prompts}) == 3
    options = GenerationOptions(max_new_tokens=9)
    together = llama.generate(prompts, options)
    for prompt, (answer,) in zip(prompts, together, strict=True):
        ((alone,),) = llama.generate([prompt], options)
        assert alone.encoding == answer.encoding
        assert alone.logprob == pytest.approx(answer.logprob, abs=1e-4)


def test_an_answer_is_streamed_and_stops_when_cancelled(
    llama: KerasCausalLM,
) -> None:
    prompt, options = llama.encode("Taste"), GenerationOptions(max_new_tokens=9)
    pieces: list[str] = []
    task = Task(report=lambda event, details: pieces.append(details.get("text", "")))
    with tasks.use_task(task):
        ((answer,),) = llama.generate([prompt], options)
        assert answer.text.startswith("".join(pieces)) and len(pieces) > 2
        task.cancel()
        with pytest.raises(CancelledError):
            llama.generate([prompt], options)
    assert llama.generate([prompt], options) == [[answer]]


def test_a_long_prompt_is_read_in_parts(
    llama: KerasCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt, options = llama.encode(TEXT), GenerationOptions(max_new_tokens=3)
    at_once = llama.generate([prompt], options)
    monkeypatch.setattr("seqsal.models.keras.generation._CHUNK", 8)
    assert llama.generate([prompt], options)[0][0].encoding == at_once[0][0].encoding


def test_samples_have_their_logprob_and_follow_their_seed(llama: KerasCausalLM) -> None:
    prompt = llama.encode("Taste-likes:")
    options = GenerationOptions(max_new_tokens=5, num_samples=4, temperature=1.3)
    (answers,) = llama.generate([prompt], options)
    assert len({answer.encoding.ids for answer in answers}) > 1
    assert [a.logprob for a in answers] == sorted((a.logprob for a in answers), reverse=True)
    for answer in answers:
        if len(answer.encoding) == 5:  # Otherwise the end counts too.
            ids = prompt.ids + answer.encoding.ids
            trace = llama.trace(ids)
            total = trace.to_numpy(trace.logprobs(terms(ids, range(len(prompt), len(ids))))).sum()
            assert answer.logprob == pytest.approx(float(total), abs=1e-3)
    other = llama.generate([llama.encode("The"), prompt], options)[1]
    assert [a.encoding for a in other] == [a.encoding for a in answers]
    reseeded = GenerationOptions(max_new_tokens=5, num_samples=4, temperature=1.3, seed=9)
    assert llama.generate([prompt], reseeded)[0] != answers
    narrow = GenerationOptions(max_new_tokens=5, num_samples=3, temperature=1.3, top_p=1e-6)
    ((greedy,),) = llama.generate([prompt], GenerationOptions(max_new_tokens=5))
    assert {a.encoding for a in llama.generate([prompt], narrow)[0]} == {greedy.encoding}


def test_an_answer_ends_before_the_end_token(llama: KerasCausalLM) -> None:
    prompt, options = llama.encode("The quick"), GenerationOptions(max_new_tokens=7)
    ((free,),) = llama.generate([prompt], options)
    end = free.encoding.ids[3]
    ending = KerasCausalLM(llama.model, NoTokens(), end_ids=[end])
    ((answer,),) = ending.generate([prompt], options)
    assert answer.encoding.ids == free.encoding.ids[: free.encoding.ids.index(end)]


def test_an_answer_is_cut_where_the_context_ends(lms: dict[str, KerasCausalLM]) -> None:
    lm = lms["gpt2"]  # Its positions end there too, so that nothing may be padded beyond.
    long = Encoding((7,) * 93, ("x",) * 93, (False,) * 93)
    ((answer,),) = lm.generate([long], GenerationOptions(max_new_tokens=50))
    assert len(answer.encoding) <= 97 - 93
    full = Encoding((7,) * 97, ("x",) * 97, (False,) * 97)
    with pytest.raises(ValueError, match=r"prompt has 97 tokens, and 96 fit .* by 1 tokens"):
        lm.generate([full], GenerationOptions())
    with pytest.raises(ValueError, match="target has 98 tokens, and 97 fit"):
        lm.trace([7] * 98)
    assert gradients_of(lm.trace([7, 9] * 48), np.eye(96, dtype=np.float32)[[-1]]).any()


def test_an_answer_ends_before_a_stop_text(llama: KerasCausalLM) -> None:
    prompts = [llama.encode("The fox"), llama.encode("The fox likes cheese")]
    whole = llama.generate(prompts, GenerationOptions(max_new_tokens=9))
    stop = tuple({answers[0].encoding.pieces[3] for answers in whole} - {""})
    cut = llama.generate(prompts, GenerationOptions(max_new_tokens=9, stop=stop))
    for prompt, (before,), (after,) in zip(prompts, whole, cut, strict=True):
        ids = after.encoding.ids
        assert ids == before.encoding.ids[: len(ids)] and len(ids) <= 3
        sequence = prompt.ids + ids
        positions = range(len(prompt), len(sequence))
        expected = float(llama.trace(sequence).logprobs(terms(sequence, positions)).sum())
        assert after.logprob == pytest.approx(expected, rel=1e-3)
