"""What is kept comes back as it was, to whom it belongs and to nobody else."""

import dataclasses
import math
import threading
from collections.abc import Callable

import numpy as np
import pytest
import sqlalchemy as sa

from seqsal.attribution.method import builtin_info
from seqsal.models.causal_lm import Encoding, Generation, GenerationOptions
from seqsal.models.objective import Objective, Term
from seqsal.store import arrays, keys
from seqsal.store.store import Store
from seqsal.store.store import open_store as open_at
from tests import tiny
from tests.store import samples
from tests.store.samples import (
    GREEDY,
    add_scores,
    answer,
    objective,
    of_model,
    prompt,
    scores,
    stored_scores,
)

Open = Callable[..., Store]

ODD_TEXTS = [*tiny.EXACT_TEXTS.values(), "a\x00b", "half a \ud83d", "\u2028\r\n"]


def test_prompts_come_back_in_their_order_each_once_and_to_their_dataset(
    open_store: Open,
) -> None:
    store = open_store()
    assert store.add_prompts("mine", [prompt("b"), prompt("a", " target")])
    assert store.add_prompts("mine", [prompt("c", source="tom"), prompt("b", source="later")])
    assert store.add_prompts("yours", [prompt("a", " target")])
    expected = [prompt("b"), prompt("a", " target"), prompt("c", source="tom")]
    assert store.added_prompts("mine") == expected
    assert open_store().added_prompts("mine") == expected
    assert open_store().added_prompts("yours") == [prompt("a", " target")]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_texts_come_back_to_the_byte(store: Store, text: str) -> None:
    store.add_prompts(text, [prompt(text, text, text)])
    assert store.added_prompts(text) == [prompt(text, text, text)]
    of_model(store).add_answers({text: [answer(text)]})
    assert of_model(store).answers([text]) == {text: [answer(text)]}


@pytest.mark.parametrize("logprob", [-1.5, -0.1 - 1e-17, -1e300, -math.inf, 0.0])
def test_answers_come_back_with_their_tokens_and_log_probability(
    open_store: Open, logprob: float
) -> None:
    given = [answer(" eggs", logprob), answer(" no eggs", logprob)]
    of_model(open_store()).add_answers({"Taste": given, "Other": [answer()]})
    assert of_model(open_store()).answers(["Taste", "unknown"]) == {"Taste": given}


def test_an_answer_whose_log_probability_is_not_a_number_comes_back(store: Store) -> None:
    of_model(store).add_answers({"Taste": [answer(logprob=math.nan)]})
    (found,) = of_model(store).answers(["Taste"])["Taste"]
    assert found.encoding == answer().encoding
    assert math.isnan(found.logprob)


def test_scores_come_back_bit_by_bit(open_store: Open) -> None:
    given = scores(tokens=1001)
    given["grad_l2"][3:5] = [np.float32(1e-45), np.float32(3.4e38)]
    given["grad_dot_input"][6] = np.float32(-0.0)
    ids, selection = range(1001), frozenset({999, 1000})
    add_scores(of_model(open_store()), ids, {selection: given})
    found = stored_scores(of_model(open_store()), ids, [selection, {1}])
    assert list(found) == [selection]
    for name, values in given.items():
        assert found[selection][name].dtype == np.float32
        assert found[selection][name].tobytes() == values.tobytes()


def test_what_another_model_said_is_not_found(store: Store) -> None:
    ids, selection = (1, 2, 3), frozenset({2})
    of_model(store).add_answers({"Taste": [answer()]})
    add_scores(of_model(store), ids, {selection: scores(tokens=3)})
    other = of_model(store, "another checkpoint of the same name")
    assert other.answers(["Taste"]) == {}
    assert stored_scores(other, ids, [selection]) == {}
    longer = store.of_model("f", "org/model", GenerationOptions(max_new_tokens=129))
    assert longer.answers(["Taste"]) == {}
    # Salience is of a text, however it was written.
    assert list(stored_scores(longer, ids, [selection])) == [selection]


def test_scores_of_another_sequence_selection_or_method_are_not_found(store: Store) -> None:
    model = of_model(store)
    add_scores(model, (1, 2, 3), {frozenset({2}): scores(tokens=3)})
    assert stored_scores(model, (1, 2, 4), [{2}]) == {}
    assert stored_scores(model, (1, 2, 3), [{1, 2}, {1}]) == {}
    assert stored_scores(model, (1, 2, 3), [{2}]) != {}
    key, info = objective((1, 2, 3), {2}), builtin_info("grad_l2")
    assert model.scores((1, 2, 3), [(key, dataclasses.replace(info, version=2))]) == {}
    assert model.scores((1, 2, 3), [(key, dataclasses.replace(info, name="grad_l1"))]) == {}


def test_a_method_that_changed_leaves_the_scores_of_others(store: Store) -> None:
    ids, model = (1, 2, 3), of_model(store)
    add_scores(model, ids, {frozenset({2}): scores(tokens=3)})
    key = objective(ids, {2})
    newer = dataclasses.replace(builtin_info("grad_l2"), version=2)
    asked = [(key, newer), (key, builtin_info("grad_dot_input"))]
    assert list(model.scores(ids, asked)) == asked[1:]


def test_scores_of_a_contrast_are_told_apart_by_tokens_and_weights(store: Store) -> None:
    ids, model, info = (1, 2, 3), of_model(store), builtin_info("grad_l2")
    plain, contrast, other = (
        Objective(frozenset(weights))
        for weights in (
            [(Term(2, 3), 1.0)],
            [(Term(2, 3), 1.0), (Term(2, 7), -1.0)],
            [(Term(2, 3), 1.0), (Term(2, 7), -0.5)],
        )
    )
    model.add_scores(ids, {(contrast, info): scores(tokens=3)["grad_l2"]})
    keys = [(plain, info), (contrast, info), (other, info)]
    assert list(model.scores(ids, keys)) == [(contrast, info)]


def test_scores_that_the_version_before_stored_are_found(store: Store) -> None:
    # It had both methods in one row, under a key of the positions.
    ids, given = (1, 2, 3), scores(tokens=3)
    packed = np.concatenate([given["grad_l2"], given["grad_dot_input"]])
    key = keys._hash(
        b"f",
        np.array(ids, "<i8").tobytes(),
        np.array([1, 2], "<i8").tobytes(),
        b"grad_l2.1,grad_dot_input.1",
    )
    store.write(lambda connection: arrays.add(connection, {key: packed}))
    found = stored_scores(of_model(store), ids, [{1, 2}, {2}])
    assert list(found) == [frozenset({1, 2})]
    for name, values in given.items():
        assert found[frozenset({1, 2})][name].tobytes() == values.tobytes()
    newer = dataclasses.replace(builtin_info("grad_l2"), version=2)
    assert of_model(store).scores(ids, [(objective(ids, {1, 2}), newer)]) == {}


def test_log_probabilities_are_the_numbers_that_were_kept_and_of_nothing_else(
    open_store: Open,
) -> None:
    given = np.array([-1e-7, -3.25, -np.inf], np.float32)
    of_model(open_store()).add_logprobs((1, 2, 3, 4), [1, 2, 3], given)
    model = of_model(open_store())
    found = model.logprobs((1, 2, 3, 4), [1, 2, 3])
    assert found is not None
    assert found.tobytes() == given.tobytes()
    assert model.logprobs((1, 2, 3, 4), [1, 2]) is None
    assert model.logprobs((1, 2, 3, 5), [1, 2, 3]) is None
    assert of_model(open_store(), "another").logprobs((1, 2, 3, 4), [1, 2, 3]) is None
    assert stored_scores(model, (1, 2, 3, 4), [{1, 2, 3}]) == {}


def test_keys_tell_where_one_part_ends() -> None:
    assert keys.of_prompt("a", "bc", "") != keys.of_prompt("ab", "c", "")
    info = builtin_info("grad_l2")
    one, other = Objective.of_tokens((1, 2), [1]), Objective.of_tokens((1, 2, 2), [1, 2])
    assert keys.of_scores("f", (1, 2), one, info) != keys.of_scores("f", (1,), other, info)


def test_nothing_is_asked_of_a_long_list_in_one_query(store: Store) -> None:
    model = of_model(store)
    many = {frozenset({i}): scores(i, tokens=5) for i in range(1, 1203)}
    add_scores(model, range(1300), many)
    assert len(stored_scores(model, range(1300), [*many, {1299}])) == len(many)


def test_the_first_of_two_answers_to_a_prompt_stays(store: Store) -> None:
    of_model(store).add_answers({"Taste": [answer(" first")]})
    of_model(store).add_answers({"Taste": [answer(" second")]})
    assert of_model(store).answers(["Taste"]) == {"Taste": [answer(" first")]}


def test_threads_write_and_read_side_by_side(store: Store) -> None:
    def work(name: str) -> None:
        for number in range(20):
            store.add_prompts("mine", [prompt(f"{name} {number}")])
            model = of_model(store)
            add_scores(model, (1, 2, number), {frozenset({1}): scores(number, tokens=3)})
            found = stored_scores(model, (1, 2, number), [{1}])[frozenset({1})]
            if found["grad_l2"].tobytes() != scores(number, tokens=3)["grad_l2"].tobytes():
                faults.append(name)

    faults: list[str] = []
    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.fault == ""
    assert len(store.added_prompts("mine")) == 160


def test_processes_write_side_by_side(url: sa.URL, open_store: Open) -> None:
    address = url.render_as_string(hide_password=False)
    with (
        samples.started(samples.write_many, address, "a") as first,
        samples.started(samples.write_many, address, "b") as second,
        samples.started(samples.write_many, address, "c") as third,
    ):
        assert [first(), second(), third()] == ["", "", ""]
    found = [each.prompt for each in open_store().added_prompts("mine")]
    assert sorted(found) == sorted(f"{name} {i}" for name in "abc" for i in range(30))
    for name in "abc":  # Each one's own order is kept.
        own = [text for text in found if text.startswith(name)]
        assert own == [f"{name} {i}" for i in range(30)]


def test_off_keeps_nothing() -> None:
    assert open_at("off", 100) is None


def test_an_empty_answer_is_an_answer(store: Store) -> None:
    empty = Generation(Encoding((), (), ()), -0.5)
    of_model(store).add_answers({"Taste": [empty]})
    assert of_model(store).answers(["Taste"]) == {"Taste": [empty]}
    assert GREEDY.num_samples == 1
