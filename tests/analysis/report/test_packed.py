"""The records of a report are those of the run, packed and unpacked."""

import numpy as np
import pytest

import seqsal
from seqsal.analysis.report.packed import planes
from seqsal.models.transformers import HFCausalLM
from tests.analysis.report.conftest import content, opened


def test_a_record_has_the_tokens_scores_and_removals_of_explain(
    analysis: seqsal.Analysis, lm: HFCausalLM
) -> None:
    row = analysis.table("records").set_index("record").loc[7]
    result = analysis.where(method="linearized").result(7)
    expected = seqsal.explain(
        lm, row["prompt"], row["answer"], select=row["selected"], methods=["grad_l2", "linearized"]
    )
    for name in ("prompt", "target", "tokens", "special", "token_ids", "selection", "methods"):
        assert getattr(result, name) == getattr(expected, name), name
    assert result.source == "response"
    for method, scores in expected.scores.items():
        np.testing.assert_allclose(result.scores[method], scores, rtol=1e-4, atol=1e-6)
    known = [value for value in expected.logprobs if value is not None]
    assert [value for value in result.logprobs if value is not None] == pytest.approx(
        known, rel=1e-4
    )
    segments = analysis.table("segments", records=[7])
    effects = segments[segments["method"] == "grad_l2"]["effect"].tolist()
    (check,) = result.salience[0].checks
    assert check.effects == pytest.approx(effects)


def test_a_record_that_failed_cannot_be_opened(analysis: seqsal.Analysis) -> None:
    with pytest.raises(ValueError, match=r"No record 4 was analyzed\. The column `record`"):
        analysis.result(4)


def test_a_record_of_the_page_has_the_scores_to_16_bits(
    analysis: seqsal.Analysis, html: str
) -> None:
    (shown,) = content(html)["sets"]
    for record, place in zip(shown["numbers"], shown["places"], strict=True):
        fields = {**shown["shared"], **opened(html, place)}
        result = analysis.result(record)
        assert fields["format"] == "seqsal-salience"
        assert (fields["prompt"], fields["target"]) == (result.prompt, result.target)
        assert tuple(fields["tokens"]) == result.tokens
        (salience,) = fields["salience"]
        for method, scores in result.scores.items():
            np.testing.assert_allclose(salience["scores"][method], scores, rtol=2**-16)


def test_planes_round_to_the_nearest_float_of_24_bits() -> None:
    values = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    high, middle, low = np.frombuffer(planes(values), np.uint8).reshape(3, -1).astype(np.uint32)
    found = (high << 24 | middle << 16 | low << 8).view(np.float32)
    assert np.abs(found / values - 1).max() <= 2**-16
