"""Text cut into words, sentences and so on, at the same places as on the page.

Where words stand apart by white space both sides agree. Scripts that are written without it need
a dictionary, which browsers bring along and Python does not: here a Chinese character is a word
of its own, a run of hiragana is one, and so is all Thai, Lao, Khmer or Burmese up to the next
space or mark.
"""

from seqsal.results.segmentation.boundaries import UNITS, starts
from seqsal.results.segmentation.segments import Segment, Span, segment_tokens

__all__ = ["UNITS", "Segment", "Span", "segment_tokens", "starts"]
