import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest

import seqsal
from seqsal.attribution.explainers import get_explainer
from seqsal.attribution.methods.lime import Lime
from seqsal.attribution.selection import TokenSelection
from seqsal.models.causal_lm import Encoding, Trace
from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.shared.openai_format import given_prompt
from tests import reasoning
from tests.objectives import objectives, terms

PROMPT = "Taste-likes: Cheese\nAnalysis:"
TARGET = " A savoury tart.\nRecommendation: Avoid.\n"


def test_a_selected_text_is_explained(lm: HFCausalLM) -> None:
    result = explain(lm, PROMPT, TARGET, select="Recommendation: Avoid.")
    encoding = lm.encode(PROMPT, TARGET)
    assert (result.tokens, result.special, result.token_ids) == (
        encoding.pieces,
        encoding.special,
        encoding.ids,
    )
    assert result.selected_text.strip() == "Recommendation: Avoid."
    ((start, end),) = result.selection
    mask = np.zeros((1, len(encoding)), np.float32)
    mask[0, start:end] = 1
    gradients = lm.trace(encoding.ids).gradients(objectives(encoding.ids, mask))
    np.testing.assert_allclose(
        result.scores["grad_l2"], gradients[0].norm(dim=-1), rtol=1e-4, atol=1e-7
    )
    assert result.scores["grad_dot_input"].dtype == np.float32


def test_a_result_says_what_the_scores_should_add_up_to(lm: HFCausalLM) -> None:
    methods = ["linearized", "grad_l2", "integrated_gradients"]
    result = explain(lm, PROMPT, TARGET, select="Avoid.", methods=methods)
    assert list(result.totals) == ["linearized", "integrated_gradients"]
    total = result.totals["linearized"]
    assert result.scores["linearized"].sum(dtype=np.float64) == pytest.approx(total, rel=1e-4)
    assert "more steps are more exact" in result.method_info("integrated_gradients").remainder
    assert seqsal.Result.from_json(result.to_json()).totals == pytest.approx(
        result.totals, rel=1e-4
    )
    # A contrast has scores of the tokens that both texts share, which do not add up to a total.
    assert not explain(lm, PROMPT, TARGET, select="Avoid.", versus="Recommended.").totals


def test_without_a_target_the_model_answers(lm: HFCausalLM) -> None:
    result = explain(lm, PROMPT, max_new_tokens=9)
    assert result.source == "response"
    assert result.selected_text == result.target
    # The ids that were generated, and not those that the text would be split into.
    assert result.token_ids != lm.encode(PROMPT, result.target).ids
    start = len(lm.encode(PROMPT))
    assert result.selection == ((start, len(result.tokens)),)


def test_log_probabilities_are_those_of_the_target(lm: HFCausalLM) -> None:
    result = explain(lm, PROMPT, TARGET)
    ids = lm.encode(PROMPT, TARGET).ids
    known = [i for i, value in enumerate(result.logprobs) if value is not None]
    assert known == list(range(len(lm.encode(PROMPT)), len(ids)))
    expected = lm.trace(ids).logprobs(terms(ids, known))
    values = np.array(result.logprobs, float)[known]
    np.testing.assert_allclose(values, expected, rtol=1e-4)


def test_a_range_of_characters_selects_every_token_that_it_overlaps(lm: HFCausalLM) -> None:
    at = len(PROMPT) + TARGET.index("savoury")
    result = explain(lm, PROMPT, TARGET, select=(at + 1, at + 6))
    ((start, end),) = result.selection
    assert "avour" in result.selected_text
    before = "".join(result.tokens[1:start])
    first, last = len(result.tokens[start]), len(result.tokens[end - 1])
    assert len(before) <= at + 1 < len(before) + first
    touched = len(before) + len(result.selected_text)
    assert touched - last < at + 6 <= touched


def test_a_segment_is_explained_by_its_characters_in_the_prompt_too(lm: HFCausalLM) -> None:
    segments = explain(lm, PROMPT, TARGET).segments("words")
    for region in ("prompt", "target"):
        segment = [each for each in segments if each.region == region][2]
        result = explain(lm, PROMPT, TARGET, segment.chars)
        view = seqsal.view(lm, PROMPT, TARGET, select=segment.chars)
        assert result.selected_text == view.result.selected_text == segment.text
        assert result.selection == view.result.selection == (segment.tokens,)
        assert np.any(result.scores["grad_l2"][: segment.tokens[0]])
        assert not np.any(result.scores["grad_l2"][segment.tokens[1] :])
        view.close()


def test_tokens_of_one_character_and_special_tokens_are_told_apart(lm: HFCausalLM) -> None:
    encoding = lm.encode("a 🙂 b")
    at = "a 🙂 b".index("🙂")
    ((start, end),) = TokenSelection.of_characters(encoding, at, at + 1).ranges
    assert "🙂" in "".join(encoding.pieces[start:end])
    assert encoding.pieces[end - 1] == ""
    assert encoding.pieces[end] == " b"


@pytest.mark.parametrize(
    ("target", "select", "message"),
    [
        (TARGET, "Buy.", r"must occur in the target; 'Buy.' does not. The target is ' A savoury"),
        (TARGET, "", "must occur in the target; '' does not"),
        (" no, no.", "no", r"occurs 2 times. Select one .*: \(30, 32\), \(34, 36\)\."),
        (
            TARGET,
            (3, 3),
            "lie in the 69 characters of prompt . target, .* got .3, 3.. .* begins at 29",
        ),
        (TARGET, (0, 70), "got .0, 70."),
        ("", None, "the target is empty"),
    ],
)
def test_what_can_not_be_selected_is_told(
    lm: HFCausalLM, target: str, select: str | tuple[int, int] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        explain(lm, PROMPT, target, select)


@pytest.mark.parametrize(
    ("prompt", "advice"),
    [
        ("Hi", r"has a chat template, .* Give messages instead: \[{'role': 'user', 'content'"),
        ([{"role": "user", "content": "Hi"}], "is empty. Give a target, or another prompt."),
    ],
)
def test_an_empty_answer_is_told(prompt: str | list[dict[str, str]], advice: str) -> None:
    first = get_explainer(reasoning.lm()).answers(given_prompt("f", prompt))[0].encoding.ids[0]
    model, tokenizer = reasoning.model(), reasoning.tokenizer(special=False)
    model.generation_config.eos_token_id = first
    with pytest.raises(ValueError, match=advice):
        explain(HFCausalLM(model, tokenizer), prompt)


def test_a_prompt_may_be_a_list_of_messages() -> None:
    lm, messages = reasoning.lm(), [{"role": "user", "content": "Hi"}]
    listed, named = explain(lm, messages, "No."), explain(lm, messages=messages, target="No.")
    assert listed.prompt == named.prompt == "user:\nHi"
    assert listed.token_ids == named.token_ids


def test_the_first_token_of_all_can_not_be_explained() -> None:
    with pytest.raises(ValueError, match="The very first token cannot be explained"):
        TokenSelection.of_characters(Encoding((1, 2), ("a", "b"), (False, False)), 0, 1)


def test_only_the_methods_that_are_asked_for_are_computed(lm: HFCausalLM) -> None:
    result = explain(lm, PROMPT, TARGET, methods=("grad_dot_input",))
    assert list(result.scores) == ["grad_dot_input"]
    assert result.methods == ("grad_dot_input",)
    assert result.method_info("grad_dot_input").signed
    whole = explain(lm, PROMPT, TARGET)
    assert list(whole.scores) == ["linearized", "grad_l2", "grad_dot_input"]
    np.testing.assert_array_equal(whole.scores["grad_dot_input"], result.scores["grad_dot_input"])


def test_methods_for_segments_score_those_of_the_granularity(lm: HFCausalLM) -> None:
    prompt = "The fox likes cheese. It has no eggs. Analysis:"
    result = explain(lm, prompt, TARGET, methods=["ablation", Lime(masks=8)])
    segments = [s for s in result.segments(method="ablation") if not np.isnan(s.score)]
    assert result.salience[0].segments["lime"] == tuple(s.tokens for s in segments)
    assert [s.text.strip() for s in segments] == [
        "The fox likes cheese.", "It has no eggs.", "Analysis:"
    ]  # fmt: skip
    explainer = get_explainer(lm)
    encoding = explainer.sequence(prompt, TARGET)
    selection = TokenSelection.from_ranges(result.selection)
    effects = explainer.removal_effects(encoding, selection, [(s.tokens,) for s in segments])
    np.testing.assert_allclose([s.score for s in segments], list(effects), rtol=1e-4)
    assert result.method_info("lime").options == "masks=8,seed=0,independent=False"
    again = seqsal.Result.from_json(result.to_json())
    assert again.salience[0].segments == result.salience[0].segments


def test_a_contrast_keeps_what_a_token_has_before_the_selected_text(lm: HFCausalLM) -> None:
    encoding = lm.encode(PROMPT, TARGET)
    token = next(i for i, piece in enumerate(encoding.pieces) if len(piece.strip()) > 2 and i > 8)
    piece = encoding.pieces[token]
    start = len("".join(encoding.pieces[:token]).removeprefix("<s>"))
    inside = start + len(piece) - 1
    assert (PROMPT + TARGET)[start : start + len(piece)] == piece
    found = explain(lm, PROMPT, TARGET, select=(inside, inside + 1), versus="X eggs")
    whole = explain(lm, PROMPT, TARGET, select=(start, inside + 1), versus=f"{piece[:-1]}X eggs")
    assert found.salience[0].contrast == whole.salience[0].contrast
    np.testing.assert_array_equal(found.scores["linearized"], whole.scores["linearized"])


def test_versus_takes_a_token_as_any_whole_number(lm: HFCausalLM) -> None:
    result = explain(lm, PROMPT, TARGET, select=(3, 4), versus=np.int64(7))
    expected = explain(lm, PROMPT, TARGET, select=(3, 4), versus=7)
    assert result.salience[0].contrast is not None
    assert result.to_json() == expected.to_json()
    with pytest.raises(ValueError, match="has no token 1099511627776: its tokens are 0 to"):
        explain(lm, PROMPT, TARGET, select=(3, 4), versus=2**40)


def test_versus_explains_the_difference_to_another_text(lm: HFCausalLM) -> None:
    result = explain(lm, PROMPT, TARGET, select="Avoid.", versus="Try it.")
    contrast = result.salience[0].contrast
    assert contrast is not None and contrast.text == "Try it."
    start = TARGET.index("Avoid.")
    one = explain(lm, PROMPT, TARGET, select="Avoid.")
    other = explain(lm, PROMPT, TARGET[:start] + "Try it.", select=" Try it.")
    shared = min(one.selection[0][0], other.selection[0][0])
    np.testing.assert_allclose(
        result.scores["linearized"][:shared],
        one.scores["linearized"][:shared] - other.scores["linearized"][:shared],
        rtol=1e-3,
        atol=1e-5,
    )
    known = [value for value in one.logprobs if value is not None]
    begin = one.selection[0][0] - (len(one.tokens) - len(known))
    selected = known[begin : begin + one.selection[0][1] - one.selection[0][0]]
    assert contrast.logprobs[0] == pytest.approx(sum(selected), rel=1e-4)
    saved = seqsal.Result.from_json(result.to_json()).salience[0].contrast
    assert saved is not None and saved.text == "Try it."


def test_a_text_is_tokenized_once(lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, encode = [], HFCausalLM.encode

    def counted(self: HFCausalLM, prompt: str, target: str = "") -> Encoding:
        texts.append((prompt, target))
        return encode(self, prompt, target)

    monkeypatch.setattr(HFCausalLM, "encode", counted)
    explain(lm, PROMPT, TARGET)
    assert texts == [(PROMPT, TARGET)]


def test_an_unknown_method_is_refused_before_the_model_runs() -> None:
    with pytest.raises(ValueError, match=r"must be among linearized, grad_l2, .*; got 'gradl2'"):
        explain("/no/model", PROMPT, TARGET, methods=["gradl2"])


def test_a_second_call_runs_no_second_forward_pass(
    lm: HFCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = HFCausalLM(lm.model, lm.tokenizer)
    passes, trace = [], fresh.trace

    def counted(ids: Sequence[int]) -> Trace:
        passes.append(ids)
        return trace(ids)

    monkeypatch.setattr(fresh, "trace", counted)
    explain(fresh, PROMPT, TARGET, select="Avoid.")
    explain(fresh, PROMPT, TARGET, select="savoury")
    assert len(passes) == 1


def test_the_public_names_are_these_and_come_without_lit() -> None:
    code = """
import sys
import seqsal
assert "numpy" not in sys.modules
result = seqsal.explain("embedded:small", "One two", " three", progress=False)
assert isinstance(result, seqsal.Result)
assert callable(seqsal.explain)
print("lit_nlp" in sys.modules, "matplotlib" in sys.modules, "pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False False\n"
    assert seqsal.explain is explain
