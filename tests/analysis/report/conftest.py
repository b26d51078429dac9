"""An analysis, and what the page of its report has."""

import base64
import json
import re
import zlib
from typing import Any

import numpy as np
import pytest

import seqsal
from seqsal.models.transformers import HFCausalLM
from tests.analysis.conftest import records


@pytest.fixture(scope="session")
def analysis(lm: HFCausalLM, tmp_path_factory: pytest.TempPathFactory) -> seqsal.Analysis:
    """An analysis by two methods, with an error and measured removals."""
    data: list[Any] = records(23)
    data[4] = {"prompt": ""}
    out = tmp_path_factory.mktemp("report") / "out"
    return seqsal.analyze(
        {"tiny": lm},
        {"data": data},
        out,
        methods=["grad_l2", "linearized"],
        removals="segments",
        granularity="lines",
        max_new_tokens=7,
        progress=False,
    )


@pytest.fixture(scope="session")
def html(analysis: seqsal.Analysis) -> str:
    return analysis.to_html(split="column:kind")


def content(html: str) -> dict[str, Any]:
    """Returns the JSON of a report."""
    found = re.search(r'<script type="application/json" id="seqsal-result">([^<]*)</script>', html)
    assert found is not None
    return dict(json.loads(found[1]))


def opened(html: str, place: list[int]) -> dict[str, Any]:
    """Returns the fields of a record, as the page unpacks them."""
    chunk, number = place
    found = re.search(f'id="seqsal-chunk-{chunk}">([^<]*)</script>', html)
    assert found is not None
    raw = zlib.decompress(base64.b64decode(found[1]), wbits=-15)
    length = int.from_bytes(raw[:4], "little")
    results = json.loads(raw[4 : 4 + length])["results"]
    bits = np.frombuffer(raw[4 + length :], np.uint8).reshape(3, -1).astype(np.uint32)
    values = (bits[0] << 24 | bits[1] << 16 | bits[2] << 8).astype(np.uint32).view(np.float32)
    at = 0
    for result in results:
        for entry in result["salience"]:
            names = entry["scores"]
            entry["scores"] = {}
            for name in names:
                entry["scores"][name] = values[at : at + len(result["tokens"])]
                at += len(result["tokens"])
    assert at == len(values)
    return dict(results[number])
