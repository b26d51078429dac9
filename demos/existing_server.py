"""Sequence Salience in an existing LIT server: python demos/existing_server.py."""

import argparse

from lit_nlp import dev_server
from lit_nlp.api import layout

import seqsal


def main() -> None:
    """Serves a page with modules of LIT and of seqsal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", default="embedded:small")
    parser.add_argument("--port", type=int, default=5432)
    arguments = parser.parse_args()

    page = layout.LitCanonicalLayout(
        left={"Prompts": [layout.LitModuleName.DataTableModule]},
        upper={"Salience": ["seqsal-module"]},
    )
    server = dev_server.Server(
        models=seqsal.get_models([f"demo:{arguments.path}"]),
        datasets=seqsal.get_datasets(["sample_prompts"], max_examples=4),
        layouts={"page": page},
        default_layout="page",
        client_root=seqsal.client_root(),
        port=arguments.port,
    )
    print(f"Open http://127.0.0.1:{arguments.port}/  (Ctrl+C stops the server)", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
