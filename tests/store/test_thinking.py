"""Stored answers of models whose thinking has marks that are special tokens."""

from collections.abc import Callable

import pytest

from seqsal.models.capabilities import has_special_marks
from seqsal.models.causal_lm import GenerationOptions
from seqsal.models.transformers import HFCausalLM
from seqsal.store.store import Store
from tests import reasoning
from tests.store.samples import answer

OPTIONS = GenerationOptions(max_new_tokens=9)


def test_answers_that_were_stored_without_marks_are_not_used(
    open_store: Callable[..., Store],
) -> None:
    store = open_store()
    before = store.of_model("f", "m", OPTIONS)
    before.add_answers({"Who?": [answer(" Hm. Ann.")]})
    now = store.of_model("f", "m", OPTIONS, marks=True)
    assert now.answers(["Who?"]) == {}
    now.add_answers({"Who?": [answer("<think> Hm.</think> Ann.")]})
    assert now.answers(["Who?"])["Who?"][0].text == "<think> Hm.</think> Ann."
    assert before.answers(["Who?"])["Who?"][0].text == " Hm. Ann."


@pytest.mark.parametrize("special", [False, True])
def test_only_models_with_such_tokens_have_other_keys(special: bool, lm: HFCausalLM) -> None:
    assert has_special_marks(reasoning.lm(special=special)) == special
    assert not has_special_marks(lm)
