"""The LIT models over one `CausalLM`: generation, tokenizer, salience, and more."""

from lit_nlp.api import model as lit_model

from seqsal.attribution.caches.results import NO_CACHE, ResultCache
from seqsal.attribution.engine import Engine
from seqsal.attribution.text_encoder import TextEncoder
from seqsal.lit.model_group.alternatives import AlternativesModel
from seqsal.lit.model_group.embeddings import EmbeddingsModel
from seqsal.lit.model_group.generation import GenerationModel
from seqsal.lit.model_group.logprobs import LogprobsModel
from seqsal.lit.model_group.removal import RemovalModel
from seqsal.lit.model_group.salience import SalienceModel
from seqsal.lit.model_group.tokens import TokenizerModel
from seqsal.lit.model_group.totals import TotalsModel
from seqsal.models.causal_lm import CausalLM, GenerationOptions
from seqsal.shared import fields


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
        batch_size: how many prompts to generate for at a time.
        generation: how to generate; None for greedy decoding of up to 128 tokens.
        trace_memory: the share of the free memory for cached forward passes.
        cache: caches responses and scores across restarts.
        demonstration: whether the page marks the model as a demonstration.
    """
    generation = generation or GenerationOptions()
    engine = Engine(lm, trace_memory=trace_memory, cache=cache)
    encoder = TextEncoder(lm, generation, cache, engine.clear_traces)
    salience = SalienceModel(encoder, engine, demonstration=demonstration)
    return {
        name: GenerationModel(encoder, batch_size, several=generation.num_samples > 1),
        fields.tokenizer_name(name): TokenizerModel(encoder),
        fields.salience_name(name): salience,
        fields.logprobs_name(name): LogprobsModel(encoder, engine),
        fields.removal_name(name): RemovalModel(encoder, salience.explainer),
        fields.totals_name(name): TotalsModel(encoder, salience.explainer),
        fields.alternatives_name(name): AlternativesModel(encoder, salience.explainer),
        fields.embeddings_name(name): EmbeddingsModel(lm),
    }
