"""The widget from the view of its page: the messages that it receives and sends."""

import dataclasses
import gc
import struct
import sys
import weakref
from typing import Any

import numpy as np
import pytest
import torch
import traitlets

import seqsal
from seqsal.models import frameworks
from seqsal.models.transformers import HFCausalLM
from seqsal.notebook.view.place import fingerprint_of
from seqsal.notebook.view.widget import SalienceView
from seqsal.options import Options
from seqsal.results.result import Result
from tests import reasoning, tiny
from tests.notebook.view.page import PROMPT, TARGET, Page, selected, to_json


def _several(view: SalienceView) -> bool:
    return view._several


def test_an_embedded_model_is_marked_as_a_demonstration(view: SalienceView) -> None:
    ours = seqsal.view("embedded:tiny", PROMPT, TARGET)
    assert ours._demonstration
    ours.close()
    assert not view._demonstration


def test_scores_are_those_of_explain(lm: HFCausalLM, view: SalienceView) -> None:
    view.selection = "Recommendation: Avoid."
    expected = seqsal.explain(lm, PROMPT, TARGET, "Recommendation: Avoid.")
    assert view.result.selection == expected.selection
    assert view.tokens == expected.tokens
    for method, scores in expected.scores.items():
        np.testing.assert_array_equal(view.scores[method], scores)


def test_a_selection_is_extended_to_whole_tokens_and_may_have_gaps(view: SalienceView) -> None:
    view.selection = ["savoury", (len(PROMPT + TARGET) - 6, len(PROMPT + TARGET))]
    first, second = selected(view)
    assert "savoury" in first and second.endswith("Avoid.")
    text = PROMPT + TARGET
    starts = np.cumsum([0, *map(len, view.tokens[1:])]).tolist()
    assert all(start in starts and end in starts for start, end in view.selection)
    assert "".join(view.tokens[1:]) == text
    view.selection = None
    assert view.selection == () and view.scores == {}


def test_a_selection_on_the_page_is_read_in_python(view: SalienceView, page: Page) -> None:
    view.selection = "savoury"
    view.wait()
    other = view._place
    view.selection = "Avoid."
    view.wait()
    seen: list[Any] = []
    view.observe(seen.append, "selection")
    view.set_state({"_place": other})
    assert "savoury" in selected(view)[0]
    assert seen[-1]["new"] == view.selection


def test_a_selection_in_another_text_is_ignored(view: SalienceView) -> None:
    view.selection = "savoury"
    view.wait()
    place = view._place
    view.target = TARGET + " Or not."
    view.wait()
    view.set_state({"_place": place})
    assert view.selection == ()


def test_the_newest_of_several_selections_in_a_row_wins(view: SalienceView) -> None:
    for text in ("savoury", "tart", "cheese", "Avoid"):
        view.selection = text
    assert "Avoid" in selected(view)[0]
    assert view.result.selected_text.strip() == selected(view)[0].strip()


def test_without_a_target_the_models_own_answer_is_explained(lm: HFCausalLM) -> None:
    view = seqsal.view(lm, PROMPT, max_new_tokens=5)
    assert view.answer == seqsal.explain(lm, PROMPT, max_new_tokens=5).target
    assert view.result.source == "response"
    view.prompt = PROMPT + " A"
    assert view.answer == seqsal.explain(lm, PROMPT + " A", max_new_tokens=5).target
    view.close()


def test_of_several_answers_the_one_on_the_page_is_explained(lm: HFCausalLM) -> None:
    view = seqsal.view(lm, PROMPT, max_new_tokens=5, num_samples=3, temperature=1.3)
    assert view.answer and view._several
    answers = [each.text for each in view._source.answers(PROMPT)]
    other = next(i for i, text in enumerate(answers) if text != view.answer)
    last = len(view._source.sequence(PROMPT, answers[other]))
    # A page that was opened from a file knows the saved answer alone, and counts it first.
    view.set_state(
        {"_place": f"response.{fingerprint_of(PROMPT, answers[other])}.{last - 1}-{last}"}
    )
    assert view.answer == answers[other]
    assert selected(view)
    assert view._content is not None and view._content.place.index == other
    view.target = TARGET
    view.wait()
    assert not _several(view)
    view.close()


def test_display_choices_go_both_ways(view: SalienceView) -> None:
    view.granularity, view.aggregation, view.method = "words", "mean", "grad_dot_input"
    assert view.choices == {
        "granularity": "words", "aggregation": "mean", "method": "grad_dot_input"
    }  # fmt: skip
    view.set_state({"choices": {"method": "grad_l2", "marking": "underline"}})
    assert (view.granularity, view.aggregation, view.method) == ("sentences", "sum", "grad_l2")
    view.granularity = "lines"
    assert view.choices["marking"] == "underline"
    with pytest.raises(traitlets.TraitError, match="granularity"):
        view.granularity = "syllables"
    with pytest.raises(ValueError, match=r"one of linearized, grad_l2, .*; got 'other'"):
        view.method = "other"


def test_a_page_gets_tokens_and_scores_of_several_selections(
    lm: HFCausalLM, view: SalienceView, page: Page
) -> None:
    text = {"prompt": PROMPT, "target": TARGET}
    value = page.ask("tokenize", text)[0]["value"]
    encoding = lm.encode(PROMPT, TARGET)
    assert value["tokens"] == list(encoding.pieces) and value["ids"] == list(encoding.ids)
    assert value["special"] == list(encoding.special)

    count = len(encoding)
    message, (buffer,) = page.ask(
        "salience", {**text, "selections": [[[count - 3, count]], [[count - 9, count - 7]]]}
    )
    assert {"type": "heard", "id": "salience"} in [m for m, _ in page.heard]
    assert message["value"] == {
        "methods": ["linearized", "grad_l2", "grad_dot_input"], "count": 2
    }  # fmt: skip
    numbers = np.array(struct.unpack(f"<{2 * 3 * count}f", buffer)).reshape(2, 3, count)
    start = sum(map(len, encoding.pieces[1 : count - 9]))
    end = start + sum(map(len, encoding.pieces[count - 9 : count - 7]))
    view.selection = (start, end)
    np.testing.assert_allclose(numbers[1, 1], view.scores["grad_l2"], rtol=1e-6)
    np.testing.assert_allclose(numbers[1, 2], view.scores["grad_dot_input"], rtol=1e-6)


def test_the_page_receives_errors_and_the_presence_of_a_kernel(
    view: SalienceView, page: Page
) -> None:
    page.say({"type": "hello"})
    assert page.heard[-1][0] == {"type": "welcome"}
    message, _ = page.ask("tokenize", {"prompt": PROMPT * 50, "target": TARGET})
    assert message["type"] == "error" and "97" in message["reason"]


def test_a_cancelled_request_gets_no_answer(view: SalienceView, page: Page) -> None:
    question = {"prompt": PROMPT, "target": TARGET, "selections": [[[3, 4]]]}
    for name in ("first", "second"):
        page.say({"type": "ask", "id": name, "what": "salience", "input": question})
    page.say({"type": "cancel", "id": "second"})
    view._worker.wait()
    assert not any(m.get("id") == "second" for m, _ in page.heard if m["type"] == "answer")


def test_the_widget_state_contains_the_saved_result(view: SalienceView, page: Page) -> None:
    view.selection = "Avoid"
    page.ask("salience", {"prompt": PROMPT, "target": TARGET, "selections": [[[3, 4]], [[5, 6]]]})
    page.ask("logprobs", {"prompt": PROMPT, "target": TARGET})
    view.granularity = "words"
    view.selection = "savoury"
    view.wait()
    saved = view.get_state()["_saved"]
    shown = seqsal.Result.from_json(to_json(saved))
    assert shown.selection == view.result.selection
    assert shown.view["granularity"] == "words"
    assert len(shown.salience) == 4
    assert shown.logprobs[-1] is not None
    again = seqsal.view(shown)
    assert again.selection == view.selection and again.granularity == "words"
    np.testing.assert_allclose(again.scores["grad_l2"], view.scores["grad_l2"], rtol=1e-4)
    with pytest.raises(ValueError, match="saved result, without a model"):
        again.selection = "tart"
        again.wait()


def test_the_saved_result_is_bounded_and_has_the_newest_selections(
    view: SalienceView, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.selection = "Avoid."
    count, methods = len(view.tokens), 3
    monkeypatch.setattr("seqsal.notebook.view.salience_cache._MAX_NUMBERS", 5 * methods * count)
    for start in range(3, 15):
        page.ask(
            "salience", {"prompt": PROMPT, "target": TARGET, "selections": [[[start, start + 1]]]}
        )
    view._save()
    view.selection = "Avoid."
    view.wait()
    selections = [each["selection"] for each in view.get_state()["_saved"]["salience"]]
    assert len(selections) == 5
    assert selections[1:] == [[[start, start + 1]] for start in (14, 13, 12, 11)]


def test_reading_raises_the_error_of_the_computation(view: SalienceView) -> None:
    view.target = TARGET * 20
    with pytest.raises(ValueError, match="97"):
        _ = view.scores
    view.target = TARGET
    assert view.answer == TARGET
    with pytest.raises(ValueError, match="'absent' does not"):
        view.selection = "absent"
    with pytest.raises(ValueError, match="prompt is empty"):
        view.prompt = ""


def test_a_model_of_transformers_in_memory_can_be_viewed() -> None:
    with torch.random.fork_rng():
        model, tokenizer = tiny.model("gpt2"), tiny.byte_level_tokenizer()
    view = seqsal.view(model, PROMPT, TARGET, tokenizer=tokenizer, select="Avoid.")
    assert "Avoid." in selected(view)[0]
    assert set(view.scores) == {"linearized", "grad_l2", "grad_dot_input"}
    view.close()


def test_closing_a_view_frees_only_its_own_forward_pass(lm: HFCausalLM) -> None:
    runs = weakref.WeakValueDictionary[int, Any]()
    fresh = HFCausalLM(lm.model, lm.tokenizer)
    run = fresh.trace

    def noted(*args: Any, **kwargs: Any) -> Any:
        trace = run(*args, **kwargs)
        runs[len(trace.embeddings)] = trace
        return trace

    fresh.trace = noted  # type: ignore[method-assign]
    first = seqsal.view(fresh, PROMPT, TARGET, select="Avoid.")
    other = seqsal.view(fresh, PROMPT + " Yes", TARGET, select="Avoid.")
    lengths = [len(each.tokens) for each in (first, other) if each.scores]
    assert sorted(runs) == sorted(lengths) and len(set(lengths)) == 2
    first.close()
    first._worker.wait()
    gc.collect()
    assert list(runs) == [lengths[1]]
    assert "Avoid" in first.result.selected_text
    other.close()


def test_a_model_in_use_by_a_view_is_loaded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[str] = []
    load = frameworks.load

    def noted(path: str, options: Options) -> Any:
        loaded.append(path)
        return load(path, options)

    monkeypatch.setattr(frameworks, "load", noted)
    monkeypatch.setattr("seqsal.attribution.explainer_cache._last_loaded", {})
    monkeypatch.setattr("seqsal.attribution.explainer_cache._in_use", weakref.WeakValueDictionary())
    views = [
        seqsal.view("embedded:small", PROMPT),
        seqsal.view("embedded:tiny", PROMPT, TARGET),
        seqsal.view("embedded:small", PROMPT, max_new_tokens=7),
        seqsal.view("embedded:tiny", PROMPT, TARGET),
    ]
    assert loaded == ["embedded:small", "embedded:tiny"]
    # How long an answer may be is not a matter of the weights.
    assert views[0].answer.startswith(views[2].answer) and views[0].answer != views[2].answer
    for view in views:
        view.close()


def test_a_view_of_a_result_keeps_the_descriptions_of_its_methods(lm: HFCausalLM) -> None:
    whole = seqsal.explain(lm, PROMPT, TARGET)
    (salience,) = whole.salience
    renamed = dataclasses.replace(salience, scores={"flow": salience.scores["grad_l2"]})
    flow = dataclasses.replace(whole.method_info("grad_l2"), name="flow", label="Attention flow")
    result = dataclasses.replace(
        whole, salience=(renamed,), methods=("flow",), method_descriptions=(flow,)
    )
    view = seqsal.view(result)
    assert view.result.method_info(view.method).label == "Attention flow"
    view.close()


def test_a_missing_anywidget_raises_an_error_with_the_command_to_install_it(
    monkeypatch: pytest.MonkeyPatch, lm: HFCausalLM
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'seqsal\[notebook\]'"):
        seqsal.view(lm, PROMPT, TARGET)


def test_a_view_of_a_result_offers_no_check(lm: HFCausalLM) -> None:
    view = seqsal.view(seqsal.explain(lm, PROMPT, TARGET, select="Avoid."))
    assert not view._can_check
    view.close()


def test_a_page_gets_the_thinking_and_what_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    target = "<think>Rain.</think>It rained. So."
    view = seqsal.view(reasoning.lm(), "user:\nWhy?", target)
    page = Page(view, monkeypatch)
    view.selection = "It rained."
    view.wait()
    text = {"prompt": view.prompt, "target": target}
    message, _ = page.ask("tokenize", text)
    ((start, end),) = message["value"]["thinking"]
    assert "".join(message["value"]["tokens"][start:end]) == "<think>Rain.</think>"
    selections = [[list(view.result.selection[0])]]
    asked = {**text, "selections": selections, "methods": ["grad_l2"]}
    rows = []
    for through in (False, True):
        answer, (buffer,) = page.ask("salience", {**asked, "through": through})
        names = answer["value"]["methods"]
        numbers = np.frombuffer(buffer, np.float32).reshape(len(names), -1)
        rows.append(numbers[names.index("grad_l2")])
    np.testing.assert_array_equal(rows[0], view.scores["grad_l2"])
    assert rows[0][start:end].any() and not rows[1][start:end].any()
    np.testing.assert_allclose(rows[0].sum(), rows[1].sum(), rtol=1e-4)
    assert view.get_state()["_thinking_marks"] == [["<think>", "</think>"]]
    assert not view.result.salience[0].through_thinking
    view.choices = {"thinking": "passed on"}
    shown = view.result
    assert shown.salience[0].through_thinking and shown.thinking == ((start, end),)
    np.testing.assert_array_equal(shown.scores["grad_l2"], rows[1])
    view.close()
    again = seqsal.view(Result.from_json(shown.to_json()))
    again.wait()
    assert [each.through_thinking for each in again.result.salience] == [True, False]
    again.close()
