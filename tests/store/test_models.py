"""LIT models with a store: stored results are not recomputed or used for other checkpoints."""

import pathlib
import shutil
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from seqsal.lit import model_group, models
from seqsal.models.causal_lm import Encoding, Generation, GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.options import Options
from seqsal.shared import fields
from seqsal.store.store import ModelStore, Store
from tests import tiny

PROMPT = "Taste-likes: Cheese\nAnalysis:"
GENERATION = GenerationOptions(max_new_tokens=7)
SEVERAL = GenerationOptions(max_new_tokens=7, num_samples=3, temperature=0.8)


class _MustNotRun(HFCausalLM):
    """A language model that tokenizes, and raises when it runs."""

    def generate(self, prompts: Sequence[Encoding], *_: Any) -> list[list[Generation]]:
        raise AssertionError(f"{len(prompts)} prompts would be answered second.")

    def trace(self, ids: Sequence[int], *_: Any) -> Any:
        raise AssertionError(f"A sequence of {len(ids)} tokens would be recomputed.")


def _models(store: Store, kind: type[HFCausalLM], options: GenerationOptions) -> dict[str, Any]:
    lm = kind(tiny.model("llama"), tiny.byte_level_tokenizer())
    cache = ModelStore(store, "the same", "tiny", options)
    return model_group.make_group("m", lm, generation=options, cache=cache)


@pytest.mark.parametrize("options", [GENERATION, SEVERAL])
def test_an_answer_and_its_salience_come_from_the_store(
    store: Store, options: GenerationOptions
) -> None:
    first, second = _models(store, HFCausalLM, options), _models(store, _MustNotRun, options)
    (answer,) = first["m"].predict([{fields.PROMPT: PROMPT}])
    (stored,) = second["m"].predict([{fields.PROMPT: PROMPT}])
    response = answer[fields.RESPONSE]
    assert stored[fields.RESPONSE] == response
    target = response if isinstance(response, str) else response[1][0]
    record: dict[str, Any] = {fields.PROMPT: PROMPT, fields.TARGET: target}
    (tokens,) = first["_m_tokenizer"].predict([record])
    assert list(second["_m_tokenizer"].predict([record])) == [tokens]

    length = len(tokens[fields.TOKENS])
    records = [
        record | {fields.TARGET_MASK: [float(i == chosen) for i in range(length)]}
        for chosen in (length - 1, length - 2, length - 1, 0 + 3)
    ]
    computed = list(first["_m_salience"].predict(records))
    for before, known in zip(computed, second["_m_salience"].predict(records), strict=True):
        for method in ("grad_l2", "grad_dot_input"):
            assert np.asarray(known[method]).tobytes() == np.asarray(before[method]).tobytes()


def test_logprobs_come_from_the_store(store: Store) -> None:
    record = {fields.PROMPT: PROMPT, fields.TARGET: " eggs and cheese"}
    (computed,) = _models(store, HFCausalLM, GENERATION)["_m_logprobs"].predict([record])
    assert any(computed[fields.LOGPROBS])
    (stored,) = _models(store, _MustNotRun, GENERATION)["_m_logprobs"].predict([record])
    assert stored == computed
    # Another target has its own log-probabilities.
    with pytest.raises(AssertionError, match="would be recomputed"):
        list(
            _models(store, _MustNotRun, GENERATION)["_m_logprobs"].predict(
                [record | {fields.TARGET: " eggs and"}]
            )
        )


def test_only_missing_results_are_computed(store: Store) -> None:
    record = {fields.PROMPT: PROMPT, fields.TARGET: " eggs and cheese"}
    first, second = _models(store, HFCausalLM, GENERATION), _models(store, HFCausalLM, GENERATION)
    length = len(next(iter(first["_m_tokenizer"].predict([record])))[fields.TOKENS])
    one, other = (
        record | {fields.TARGET_MASK: [float(i == chosen) for i in range(length)]}
        for chosen in (length - 1, length - 2)
    )
    (before,) = first["_m_salience"].predict([one])
    both = list(second["_m_salience"].predict([other, one]))
    np.testing.assert_array_equal(both[1]["grad_l2"], before["grad_l2"])
    (alone,) = _models(store, _MustNotRun, GENERATION)["_m_salience"].predict([other])
    np.testing.assert_array_equal(both[0]["grad_l2"], alone["grad_l2"])


def _answer(store: Store, folder: pathlib.Path, options: Options) -> Iterator[str]:
    loaded = models.load_group("m", str(folder), options, store)
    for output in loaded["m"].predict([{fields.PROMPT: PROMPT}]):
        yield output[fields.RESPONSE]


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
    (fresh,) = models.load_group("m", str(folder), options)["m"].predict([{fields.PROMPT: PROMPT}])
    assert second == fresh[fields.RESPONSE] != first


def test_get_models_stores_results_only_with_a_data_dir(
    checkpoint: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    for data_dir in (None, str(tmp_path / "stored")):
        options: dict[str, Any] = {} if data_dir is None else {"data_dir": data_dir}
        loaded = models.get_models([f"m:{checkpoint}"], max_new_tokens=5, **options)
        list(loaded["m"].predict([{fields.PROMPT: PROMPT}]))
        assert (tmp_path / "stored" / "seqsal.sqlite").exists() == (data_dir is not None)
