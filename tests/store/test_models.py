"""LIT's models over a store: what it has is not run again, and no other checkpoint gets it."""

import pathlib
import shutil
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from seqsal.lit import model_group as group
from seqsal.lit import models
from seqsal.models.causal_lm import Encoding, Generation, GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.shared import fields as spec
from seqsal.store.store import ModelStore, Store
from tests import tiny

PROMPT = "Taste-likes: Cheese\nAnalysis:"
GENERATION = GenerationOptions(max_new_tokens=7)
SEVERAL = GenerationOptions(max_new_tokens=7, num_samples=3, temperature=0.8)


class _Idle(HFCausalLM):
    """A language model that reads and must not run."""

    def generate(self, prompts: Sequence[Encoding], *_: Any) -> list[list[Generation]]:
        raise AssertionError(f"{len(prompts)} prompts were to be answered again.")

    def trace(self, ids: Sequence[int], *_: Any) -> Any:
        raise AssertionError(f"A sequence of {len(ids)} tokens was to be run again.")


def _models(store: Store, kind: type[HFCausalLM], options: GenerationOptions) -> dict[str, Any]:
    lm = kind(tiny.model("llama"), tiny.byte_level_tokenizer())
    cache = ModelStore(store, "the same", "tiny", options)
    return group.make_group("m", lm, generation=options, cache=cache)


@pytest.mark.parametrize("options", [GENERATION, SEVERAL])
def test_an_answer_and_its_salience_come_from_the_store(
    store: Store, options: GenerationOptions
) -> None:
    first, again = _models(store, HFCausalLM, options), _models(store, _Idle, options)
    (answer,) = first["m"].predict([{spec.PROMPT: PROMPT}])
    (kept,) = again["m"].predict([{spec.PROMPT: PROMPT}])
    response = answer[spec.RESPONSE]
    assert kept[spec.RESPONSE] == response
    target = response if isinstance(response, str) else response[1][0]
    record: dict[str, Any] = {spec.PROMPT: PROMPT, spec.TARGET: target}
    (tokens,) = first["_m_tokenizer"].predict([record])
    assert list(again["_m_tokenizer"].predict([record])) == [tokens]

    length = len(tokens[spec.TOKENS])
    records = [
        record | {spec.TARGET_MASK: [float(i == chosen) for i in range(length)]}
        for chosen in (length - 1, length - 2, length - 1, 0 + 3)
    ]
    computed = list(first["_m_salience"].predict(records))
    for before, known in zip(computed, again["_m_salience"].predict(records), strict=True):
        for method in ("grad_l2", "grad_dot_input"):
            assert np.asarray(known[method]).tobytes() == np.asarray(before[method]).tobytes()


def test_how_sure_the_model_was_comes_from_the_store(store: Store) -> None:
    record = {spec.PROMPT: PROMPT, spec.TARGET: " eggs and cheese"}
    (computed,) = _models(store, HFCausalLM, GENERATION)["_m_logprobs"].predict([record])
    assert any(computed[spec.LOGPROBS])
    (kept,) = _models(store, _Idle, GENERATION)["_m_logprobs"].predict([record])
    assert kept == computed
    # Neither other tokens of the sequence nor another target are taken for these.
    with pytest.raises(AssertionError, match="was to be run again"):
        list(
            _models(store, _Idle, GENERATION)["_m_logprobs"].predict(
                [record | {spec.TARGET: " eggs and"}]
            )
        )


def test_only_what_the_store_does_not_have_is_run(store: Store) -> None:
    record = {spec.PROMPT: PROMPT, spec.TARGET: " eggs and cheese"}
    first, again = _models(store, HFCausalLM, GENERATION), _models(store, HFCausalLM, GENERATION)
    length = len(next(iter(first["_m_tokenizer"].predict([record])))[spec.TOKENS])
    one, other = (
        record | {spec.TARGET_MASK: [float(i == chosen) for i in range(length)]}
        for chosen in (length - 1, length - 2)
    )
    (before,) = first["_m_salience"].predict([one])
    both = list(again["_m_salience"].predict([other, one]))
    np.testing.assert_array_equal(both[1]["grad_l2"], before["grad_l2"])
    (alone,) = _models(store, _Idle, GENERATION)["_m_salience"].predict([other])
    np.testing.assert_array_equal(both[0]["grad_l2"], alone["grad_l2"])


def _answer(store: Store, folder: pathlib.Path, options: Options) -> Iterator[str]:
    loaded = models.load_group("m", str(folder), options, store)
    for output in loaded["m"].predict([{spec.PROMPT: PROMPT}]):
        yield output[spec.RESPONSE]


def test_another_checkpoint_in_the_same_folder_gets_no_stale_answer(
    store: Store, tmp_path: pathlib.Path
) -> None:
    options = Options(max_new_tokens=7)
    folder = tiny.save_checkpoint(tmp_path / "model", "llama")
    (first,) = _answer(store, folder, options)
    assert list(_answer(store, folder, options)) == [first]
    shutil.rmtree(folder)
    tiny.save_checkpoint(folder, "qwen2")
    (second,) = _answer(store, folder, options)
    (fresh,) = models.load_group("m", str(folder), options)["m"].predict([{spec.PROMPT: PROMPT}])
    assert second == fresh[spec.RESPONSE] != first


def test_models_in_a_notebook_keep_what_they_say_where_a_folder_is_named(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    for data_dir in (None, str(tmp_path / "kept")):
        options: dict[str, Any] = {} if data_dir is None else {"data_dir": data_dir}
        loaded = models.get_models([f"m:{checkpoint}"], max_new_tokens=5, **options)
        list(loaded["m"].predict([{spec.PROMPT: PROMPT}]))
        assert (tmp_path / "kept" / "seqsal.sqlite").exists() == (data_dir is not None)
