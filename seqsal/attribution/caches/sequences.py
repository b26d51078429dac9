"""An LRU cache limited by the tokens of the sequences that it holds."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

SEQUENCE_TOKENS: Final = 100
"""What an entry counts beside its tokens: its key and the objects of its value take as much memory.
Without it, short texts would stay in memory by the ten thousand."""

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class SequenceCache(Generic[_Key, _Value]):
    """Values of the sequences that were used last.

    The newest entry stays even if it exceeds the limit on its own. Not safe for several threads:
    callers hold a lock.
    """

    def __init__(self, max_tokens: int) -> None:
        """Makes an empty cache.

        Args:
            max_tokens: the maximum total tokens of all sequences, each with 100 more.
        """
        self._max_tokens, self._tokens = max_tokens, 0
        self._entries: OrderedDict[_Key, tuple[_Value, int]] = OrderedDict()

    def __len__(self) -> int:
        """Returns the number of entries."""
        return len(self._entries)

    def get(self, key: _Key) -> _Value | None:
        """Returns a value, which becomes the newest, or None."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def add(self, key: _Key, value: _Value, tokens: int) -> None:
        """Adds or replaces a value, and forgets the oldest ones beyond the limit.

        Args:
            key: identifies the sequence.
            value: what is cached.
            tokens: the length of the sequence.
        """
        _, replaced = self._entries.pop(key, (None, 0))
        self._entries[key] = value, tokens + SEQUENCE_TOKENS
        self._tokens += tokens + SEQUENCE_TOKENS - replaced
        while self._tokens > self._max_tokens and len(self._entries) > 1:
            _, (_, removed) = self._entries.popitem(last=False)
            self._tokens -= removed
