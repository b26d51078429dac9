"""Character classes of JavaScript's regular expressions, for use inside of [...]."""

from typing import Final

SPACE: Final = r"\t-\r\x20\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""White space."""
NEWLINE: Final = r"\n\r\u2028\u2029"
WORD: Final = "0-9A-Za-z_"
