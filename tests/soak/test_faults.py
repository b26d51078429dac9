"""Memory that ends while a server works: a plain message, and the next request is answered."""

import pathlib
import resource
from collections.abc import Iterator

import pytest
import torch
import transformers

from tests import tiny
from tests.soak.conftest import Server, serving

SPARE = 60_000_000
"""Bytes that the process may still take: not enough for a long text, and for a short one."""


@pytest.fixture(scope="module")
def long_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A checkpoint with room for long texts, which take hundreds of megabytes."""
    folder = tmp_path_factory.mktemp("long")
    config = transformers.LlamaConfig(
        vocab_size=tiny.VOCABULARY, hidden_size=64, intermediate_size=1024, num_hidden_layers=12,
        num_attention_heads=2, max_position_embeddings=8192, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    torch.manual_seed(0)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tiny.byte_level_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def server(
    long_checkpoint: pathlib.Path, home: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server over that checkpoint that returns freed memory to the system at once."""
    with serving(
        long_checkpoint, home, tmp_path_factory.mktemp("server"),
        MALLOC_TRIM_THRESHOLD_="0", MALLOC_MMAP_THRESHOLD_="65536", OMP_NUM_THREADS="1",
    ) as running:  # fmt: skip
        yield running


def test_a_server_that_runs_out_of_memory_reports_it_and_recovers(server: Server) -> None:
    short, long = "Taste", "Taste-likes: cheese. " * 500
    assert server.explain(short).status == 200
    no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    used = server.process.memory_info().vms
    server.process.rlimit(resource.RLIMIT_AS, (used + SPARE, resource.RLIM_INFINITY))
    refused = server.explain(long)
    assert refused.status == 400, refused.text
    assert "GB of memory, and" in refused.text
    assert server.explain(short).status == 200
    server.process.rlimit(resource.RLIMIT_AS, no_limit)
    assert server.explain(long).status == 200
