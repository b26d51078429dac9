"""LIT layouts with the modules of seqsal in them."""

from typing import Final

from lit_nlp.api import layout

MODULE: Final = "seqsal-module"
"""The element name of the module, valid as an entry of any LIT layout."""

AGGREGATE_MODULE: Final = "seqsal-aggregate"
"""The element name of the module for many examples; it needs a server of seqsal."""

DEFAULT_LAYOUT: Final = "left_right"

_lit = layout.LitModuleName
_SALIENCE: Final = {"Salience": [MODULE], "Many examples": [AGGREGATE_MODULE]}
_TOOLS: Final = {
    "Generators": [_lit.GeneratorModule],
    "Embeddings": [_lit.EmbeddingsModule],
    "Metrics": [_lit.MetricsModule],
}
"""LIT's other tools for prompts, a tab each; a tool computes nothing until its tab is opened."""


def get_layouts() -> dict[str, layout.LitCanonicalLayout]:
    """Returns the layouts by the names that `--default_layout` and the page's menu use."""
    return {
        "left_right": layout.LitCanonicalLayout(
            left={
                "Examples": [_lit.DataTableModule],
                "Editor": [_lit.SingleDatapointEditorModule],
                **_TOOLS,
            },
            upper=_SALIENCE,
            layoutSettings=layout.LayoutSettings(leftWidth=40),
            description="Prompts on the left, Sequence Salience on the right.",
        ),
        "top_bottom": layout.LitCanonicalLayout(
            upper={
                "Examples": [_lit.SimpleDataTableModule],
                "Editor": [_lit.SimpleDatapointEditorModule],
            },
            lower=_SALIENCE,
            layoutSettings=layout.LayoutSettings(hideToolbar=True, mainHeight=40, centerPage=True),
            description="Prompts above, Sequence Salience below, without LIT's toolbar.",
        ),
        "three_panel": layout.LitCanonicalLayout(
            left={
                "Data Table": [_lit.DataTableModule],
                "Embeddings": _TOOLS["Embeddings"],
            },
            upper={
                "Datapoint Editor": [_lit.SingleDatapointEditorModule],
                "Datapoint Generators": _TOOLS["Generators"],
            },
            lower={**_SALIENCE, "Metrics": _TOOLS["Metrics"]},
            layoutSettings=layout.LayoutSettings(mainHeight=40, leftWidth=40),
            description="Prompts, editor and Sequence Salience next to LIT's other prompt tools.",
        ),
    }
