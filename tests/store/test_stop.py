"""Answers with stop texts, in the process and in the store."""

from collections.abc import Callable

import pytest

from seqsal.attribution.text_encoder import TextEncoder
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.store.store import ModelStore, Store
from tests.store.samples import answer, of_model

PROMPT = "Taste-likes: Cheese\nAnalysis:"
OPTIONS = GenerationOptions(max_new_tokens=9)


@pytest.fixture
def cache(open_store: Callable[..., Store]) -> ModelStore:
    return open_store().of_model("f", "org/model", OPTIONS)


def _inside(text: str) -> str:
    """Returns the first character that differs from the first visible one."""
    visible = text.lstrip()
    return next(character for character in visible if character != visible[0])


def test_answers_with_other_stop_texts_are_others(lm: HFCausalLM, cache: ModelStore) -> None:
    encoder = TextEncoder(lm, OPTIONS, cache)
    ((whole,),) = encoder.answers([PROMPT])
    stop = [_inside(whole.text)]
    ((cut,),) = encoder.answers([PROMPT], stop)
    assert whole.text.startswith(cut.text) and 0 < len(cut.text) < len(whole.text)
    assert encoder.answers([PROMPT]) == encoder.answers([PROMPT], []) == [[whole]]
    for each in (whole, cut):  # Each is explained with the ids that it was generated as.
        sequence = encoder.sequence({"prompt": PROMPT, "target": each.text})
        assert sequence.ids[-len(each.encoding) :] == each.encoding.ids


def test_the_store_keeps_them_apart(
    lm: HFCausalLM, cache: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = TextEncoder(lm, OPTIONS, cache)
    whole = encoder.answers([PROMPT])
    stop = [_inside(whole[0][0].text)]
    cut = encoder.answers([PROMPT], stop)
    monkeypatch.setattr(lm, "generate", lambda *_: pytest.fail("generated again"))
    again = TextEncoder(lm, OPTIONS, cache)
    assert (again.answers([PROMPT]), again.answers([PROMPT], stop)) == (whole, cut)


def test_the_options_stop_texts_are_the_default(open_store: Callable[..., Store]) -> None:
    store = open_store()
    plain, ends = of_model(store), store.of_model("f", "m", GenerationOptions(stop=("\n",)))
    ends.add_answers({"Taste": [answer(" short")]})
    plain.add_answers({"Taste": [answer(" longer\n")]})
    assert plain.answers(["Taste"], ("\n",)) == ends.answers(["Taste"])
    assert ends.answers(["Taste"], ()) == plain.answers(["Taste"])
    assert plain.answers(["Taste"]) != ends.answers(["Taste"])
