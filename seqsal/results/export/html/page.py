"""A result as an interactive page in one file, without a server or a network."""

import html
import re
from collections.abc import Mapping
from typing import Any, Final

from seqsal.results.export.saved_json.format import dumps
from seqsal.shared.resources import frontend_file

_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:;"
    " style-src 'unsafe-inline'; img-src data: blob:"
)
"""The page can neither send nor load anything."""
_TITLE_LENGTH: Final = 60


def page(fields: Mapping[str, Any]) -> str:
    """Returns the HTML of a page that shows a result with all controls.

    Args:
        fields: the JSON values of a saved result.

    Raises:
        ValueError: the front end has not been built.
    """
    return page_source(
        _title(fields["target"]),
        fields,
        """seqsalView.mount(
  document.querySelector("main"),
  JSON.parse(document.getElementById("seqsal-result").textContent),
);""",
    )


def page_source(title: str, data: Mapping[str, Any], start: str, more: str = "") -> str:
    """Returns the HTML of a page with the script of the view.

    Args:
        title: the title of the page.
        data: the content of its element `seqsal-result`, as JSON values.
        start: a script that shows the data in the element `main`.
        more: HTML after the script.

    Raises:
        ValueError: the front end has not been built.
    """
    script = frontend_file("seqsal-view.js").read_text(encoding="utf-8")
    if re.search("</script|<!--", script, re.IGNORECASE):
        raise RuntimeError("The script contains </script or <!--, which ends its element early.")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{html.escape(title)}</title>
<style>html, body {{ height: 100%; margin: 0 }}</style>
</head>
<body>
<main style="height: 100%"></main>
<script type="application/json" id="seqsal-result">{_script_json(data)}</script>
<script id="seqsal-view">{script}</script>
<script>{start}</script>
{more}</body>
</html>
"""


def _title(target: str) -> str:
    line = " ".join(target.split())
    cut = f"{line[: _TITLE_LENGTH - 2]}…" if len(line) > _TITLE_LENGTH else line
    return f"Sequence Salience: {cut}"


def _script_json(fields: Mapping[str, Any]) -> str:
    """Returns JSON that can neither end its script element nor start an HTML comment."""
    text = dumps(fields)
    return text.replace("<", r"\u003c").replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")
