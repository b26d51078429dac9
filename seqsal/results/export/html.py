"""A saved result as a page of its own, which shows it with all controls and needs no server."""

import html
import re
from collections.abc import Mapping
from typing import Any, Final

from seqsal.results.export import saved_json as saved
from seqsal.shared.built import built

_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:;"
    " style-src 'unsafe-inline'; img-src data: blob:"
)
"""Nothing of the page may leave it, and nothing from elsewhere gets in."""
_TITLE_LENGTH: Final = 60


def page(fields: Mapping[str, Any]) -> str:
    """Returns the HTML of a page.

    Args:
        fields: a saved result.

    Raises:
        ValueError: the front end has not been built.
    """
    script = built("seqsal-view.js").read_text(encoding="utf-8")
    if re.search("</script|<!--", script, re.IGNORECASE):
        raise RuntimeError("The script would end its own element; it can not be put in a page.")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{html.escape(_title(fields["target"]))}</title>
<style>html, body {{ height: 100%; margin: 0 }}</style>
</head>
<body>
<main style="height: 100%"></main>
<script type="application/json" id="seqsal-result">{_script_json(fields)}</script>
<script id="seqsal-view">{script}</script>
<script>seqsalView.mount(
  document.querySelector("main"),
  JSON.parse(document.getElementById("seqsal-result").textContent),
);</script>
</body>
</html>
"""


def _title(target: str) -> str:
    line = " ".join(target.split())
    cut = f"{line[: _TITLE_LENGTH - 2]}…" if len(line) > _TITLE_LENGTH else line
    return f"Sequence Salience: {cut}"


def _script_json(fields: Mapping[str, Any]) -> str:
    """Returns JSON that can not end the script element it stands in, nor begin a comment."""
    text = saved.dumps(fields)
    return text.replace("<", r"\u003c").replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")
