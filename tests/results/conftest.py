import pytest

from seqsal.models.transformers import HFCausalLM
from seqsal.results.explain import explain
from seqsal.results.result import Result

PROMPT = "Taste-likes: Cheese.\nI am 👍🏽. Analysis:"
TARGET = " A savoury tart.\nRecommendation: Avoid.\n"


@pytest.fixture(scope="module")
def result(lm: HFCausalLM) -> Result:
    return explain(lm, PROMPT, TARGET, select="Recommendation: Avoid.")
