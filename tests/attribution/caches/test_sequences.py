"""The cache that is limited by tokens."""

from seqsal.attribution.caches.sequences import SEQUENCE_TOKENS, SequenceCache


def test_the_oldest_are_forgotten_beyond_the_tokens() -> None:
    cache = SequenceCache[str, int](2 * SEQUENCE_TOKENS + 12)
    cache.add("a", 1, 5)
    cache.add("b", 2, 7)
    assert cache.get("a") == 1  # Now the newest.
    cache.add("c", 3, 5)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_short_texts_count_as_more_than_their_tokens() -> None:
    cache = SequenceCache[int, str](1000)
    for number in range(10_000):
        cache.add(number, "value", 1)
    assert len(cache) == 1000 // (SEQUENCE_TOKENS + 1)


def test_the_newest_stays_however_long() -> None:
    cache = SequenceCache[str, int](10)
    cache.add("a", 1, 1000)
    cache.add("b", 2, 1000)
    assert [cache.get(key) for key in "ab"] == [None, 2]


def test_a_replaced_value_counts_once() -> None:
    cache = SequenceCache[str, int](2 * SEQUENCE_TOKENS + 10)
    for value in range(5):
        cache.add("a", value, 5)
    cache.add("b", 7, 5)
    assert [cache.get(key) for key in "ab"] == [4, 7]
