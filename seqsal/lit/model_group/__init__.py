"""The LIT models over one `CausalLM`: generation, tokenizer, salience, and more."""

from lit_nlp.api import model as lit_model

from seqsal.attribution.engine import Engine
from seqsal.attribution.result_cache import NO_CACHE, ResultCache
from seqsal.attribution.texts import Texts
from seqsal.lit.model_group.embeddings import EmbeddingsModel
from seqsal.lit.model_group.generation import GenerationModel
from seqsal.lit.model_group.logprobs import LogprobsModel
from seqsal.lit.model_group.salience import SalienceModel
from seqsal.lit.model_group.tokens import TokenizerModel
from seqsal.models.causal_lm import CausalLM, GenerationOptions
from seqsal.shared import fields as spec


def make_group(
    name: str,
    lm: CausalLM,
    *,
    batch_size: int = 1,
    generation: GenerationOptions | None = None,
    trace_memory: float | int = 0.25,
    cache: ResultCache = NO_CACHE,
    demonstration: bool = False,
) -> dict[str, lit_model.Model]:
    """Returns the LIT models of a language model, under the names that LIT's front end expects.

    Args:
        name: the name that the user sees.
        lm: the model.
        batch_size: how many prompts are answered at a time.
        generation: how to write answers; None for the greedy answer of up to 128 tokens.
        trace_memory: share of the memory that is free now, for kept forward passes.
        cache: caches answers and scores beyond the process.
        demonstration: whether the page says that the model is for trying things out only.
    """
    generation = generation or GenerationOptions()
    engine = Engine(lm, trace_memory=trace_memory, cache=cache)
    texts = Texts(lm, generation, cache, engine.make_room)
    return {
        name: GenerationModel(texts, batch_size, several=generation.num_samples > 1),
        spec.tokenizer_name(name): TokenizerModel(texts),
        spec.salience_name(name): SalienceModel(texts, engine, demonstration=demonstration),
        spec.logprobs_name(name): LogprobsModel(texts, engine),
        spec.embeddings_name(name): EmbeddingsModel(lm),
    }
