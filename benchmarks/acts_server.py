"""One server with the published case studies, for our module and, in another layout, for LIT's.

python -m benchmarks.acts_server --model embedded:small
"""

import argparse
from typing import Any, Final

from lit_nlp.examples.prompt_debugging import layouts as stock_layouts

import seqsal
from benchmarks.pages import serve
from seqsal.lit import layouts

LAYOUTS: Final = ("ours", "stock")
"""The layout "left_right" of seqsal, and LIT's own of the same name."""


def main() -> None:
    """Prints the address and serves until the process is terminated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="embedded:small")
    serve(make_app(parser.parse_args().model))


def make_app(model: str) -> Any:
    """Returns the server's app, with one model and LIT's published prompts."""
    both = (layouts.get_layouts()["left_right"], stock_layouts.LEFT_RIGHT_LAYOUT)
    return seqsal.make_app(
        models=seqsal.get_models([f"model:{model}"], max_new_tokens=64),
        datasets=seqsal.get_datasets(["published_prompts"]),
        layouts=dict(zip(LAYOUTS, both, strict=True)),
        default_layout=LAYOUTS[0],
    )


if __name__ == "__main__":
    main()
