import pytest

from seqsal.explaining.explain import explain
from seqsal.models.huggingface import HFCausalLM
from seqsal.results.result import Result

PROMPT = "Taste-likes: Cheese.\nI am 👍🏽. Analysis:"
TARGET = " A savoury tart.\nRecommendation: Avoid.\n"


@pytest.fixture(scope="module")
def result(lm: HFCausalLM) -> Result:
    return explain(lm, PROMPT, TARGET, select="Recommendation: Avoid.")
