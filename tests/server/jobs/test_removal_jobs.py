"""Jobs of removals, alternatives and contrasts over a real socket."""

from typing import Any

import pytest

from tests.server.jobs.conftest import explained
from tests.server.running import Running

PROMPT = {"prompt": "Taste-likes: Cheese"}


def test_effects_of_removals_are_streamed_in_order(site: Running) -> None:
    job = explained(site, "Removals", count=1)
    removals = [[[8, 9]], [[2, 4]], [[1, 3], [6, 7]]]
    with site.job("removal", **job, removals=removals) as stream:
        results = [event.data for event in stream if event.name == "result"]
    assert [each["index"] for each in results] == [0, 1, 2]
    record = {**job["record"], "target_mask": job["target_masks"][0]}
    expected = site.predict("_tiny_removal", *({**record, "removal": r} for r in removals))
    assert [each["prediction"] for each in results] == expected
    assert len({each["effect"] for each in expected}) == 3


def test_alternatives_are_the_likeliest_tokens_with_their_text(site: Running) -> None:
    record = {**PROMPT, "target": " avoid the eggs"}
    with site.job("alternatives", record, positions=[5, 7]) as stream:
        results = [event.data["prediction"] for event in stream if event.name == "result"]
    assert [len(each["alternatives"]) for each in results] == [10, 10]
    for each in results:
        logprobs = [one["logprob"] for one in each["alternatives"]]
        assert logprobs == sorted(logprobs, reverse=True) and logprobs[0] < 0
        assert all(isinstance(one["text"], str) for one in each["alternatives"])


def test_a_contrast_and_segments_are_part_of_a_job(site: Running) -> None:
    job = explained(site, "Contrast", count=1)
    with site.job("alternatives", job["record"], positions=[len(job["target_masks"][0]) - 1]) as s:
        (found,) = (event.data["prediction"] for event in s if event.name == "result")
    (selected,) = site.predict("_tiny_tokenizer", job["record"])
    other = next(
        one for one in found["alternatives"] if one["id"] != int(selected["token_ids"][-1])
    )
    options: dict[str, Any] = {
        "methods": ["linearized", "ablation"],
        "segments": [[1, 3], [3, 5]],
        "versus": {"token": other["id"]},
    }
    with site.job("salience", **job, **options) as stream:
        (result,) = (event.data["prediction"] for event in stream if event.name == "result")
    assert result["contrast_logprobs"][1] == pytest.approx(other["logprob"], rel=1e-4)
    assert len(set(result["ablation"][1:3])) == 1 and result["ablation"][1] != 0
    options["versus"] = {"text": "x" * 9}
    with site.job("removal", **job, removals=[[[1, 3]]], versus=options["versus"]) as stream:
        assert [event.name for event in stream][-2:] == ["result", "done"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"versus": {"token": 10**6}}, "The vocabulary of this model has no token 1000000"),
        ({"versus": {"text": " avoid", "token": 3}}, "versus must be {"),
        ({"segments": [[3, 1]], "methods": ["ablation"]}, "segments must hold ranges"),
        ({"methods": ["lime"]}, "lime scores segments of the text before the selection; got none"),
    ],
)
def test_a_wrong_contrast_or_segment_is_an_error(
    site: Running, changes: dict[str, Any], reason: str
) -> None:
    job = explained(site, "Errors", count=1)
    with site.job("salience", **job, **changes) as stream:
        (error,) = (event.data for event in stream if event.name == "error")
    assert reason in error["reason"]
