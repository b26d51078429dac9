"""The HTML of a notebook cell that finds the kernel's page and shows it."""

import html
import json
from collections.abc import Sequence
from typing import Final

from seqsal.shared.resources import frontend_file

_WITHOUT_SCRIPTS: Final = "Run this cell to show Sequence Salience."


def page_html(
    *,
    port: int,
    addresses: Sequence[str],
    health: str,
    path: str,
    height: int,
    new_tab: bool,
    advice: str,
) -> str:
    """Returns HTML that shows a page of the kernel, or instructions if it cannot be reached.

    Args:
        port: the port of the kernel's server.
        addresses: other addresses of the port; see `seqsal.notebook.page.address`.
        health: the path of the health check, relative to the address.
        path: the path of the page, relative to the address.
        height: the height of the frame in pixels.
        new_tab: whether the page opens in a tab instead of the cell.
        advice: instructions if the page cannot be reached.
    """
    cell = {
        "port": port,
        "addresses": list(addresses),
        "health": health,
        "path": path,
        "height": height,
        "newTab": new_tab,
        "advice": advice,
    }
    script = frontend_file("notebook-page.js").read_text(encoding="utf-8")
    return (
        f'<div data-seqsal-page="{html.escape(json.dumps(cell))}">{_WITHOUT_SCRIPTS}</div>'
        f"<script>{script}</script>"
    )
