import itertools

import numpy as np

from seqsal.results.scores import segment_scores
from seqsal.results.segmentation import Segment


def _segments(*edges: int) -> list[Segment]:
    return [Segment("x", span, span, "prompt", False) for span in itertools.pairwise(edges)]


def test_the_explained_text_and_the_text_after_it_have_no_score() -> None:
    scores = np.arange(1, 10, dtype=np.float32)
    segments = _segments(0, 2, 4, 6, 9)
    values = segment_scores(scores, segments, [(3, 4), (6, 7)])
    np.testing.assert_array_equal(values, [3, np.nan, 11, np.nan])


def test_special_tokens_have_no_score() -> None:
    segments = [Segment("<s>", (0, 1), (0, 0), "prompt", True), *_segments(1, 3)]
    values = segment_scores(np.array([9.0, -2.0, 1.0]), segments, [(3, 4)], "max")
    np.testing.assert_array_equal(values, [np.nan, -2])
