"""Cuts text into words, sentences, lines and paragraphs, at the same places as the page.

Python and the page agree where white space separates words. Scripts without spaces need a
dictionary, which browsers have and Python has not. Here, each Chinese character is a word, and so
is each run of hiragana and each run of Thai, Lao, Khmer or Burmese letters.
"""

from seqsal.results.segmentation.boundaries import UNITS, starts
from seqsal.results.segmentation.segments import Segment, Span, segment_tokens

__all__ = ["UNITS", "Segment", "Span", "segment_tokens", "starts"]
