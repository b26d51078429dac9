"""A keras-hub causal model taken apart: token embeddings, segments of its graph, head.

Every backbone of keras-hub is a functional graph. It is cut at the token embeddings and at the
output of each layer, so that each part can be run, differentiated and intercepted alone, on
every backend and for every model.
"""

import functools
import itertools
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final

import keras
import keras_hub

from seqsal.models.arrays import Array
from seqsal.models.device_queue import queue_of
from seqsal.models.keras._accelerate.top_rows import top_rows
from seqsal.models.keras.segment import Kind, Segment

_TEXT_INPUTS: Final = {"token_ids", "padding_mask"}


class Head:
    """Hidden states to logits, as a function of the weights of the token embedding.

    Attributes:
        weights: the variables of that layer.
        compiled: what a runtime has compiled of it.
    """

    def __init__(self, embedding: Any) -> None:
        self._embedding = embedding
        self.weights = tuple(embedding.variables)
        self.compiled: dict[Any, Any] = {}

    def __call__(self, weights: Sequence[Array], hidden: Array) -> Array:
        """Returns the logits [rows, vocabulary] of hidden states [rows, dim], float32 at least."""
        values = zip(self._embedding.variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=list(values)):
            logits = _logits(self._embedding, hidden)
        return logits if "float64" in str(logits.dtype) else keras.ops.cast(logits, "float32")


def _logits(embedding: Any, hidden: Array) -> Array:
    """Returns the logits by a token embedding; a model's final soft-capping is part of it."""
    if not embedding.tie_weights or embedding.reverse_dtype is not None:
        return embedding(hidden[None], reverse=True)[0]
    # The layer transposes the table instead, with which TensorFlow 2.21 takes twice as long.
    columns = keras.ops.matmul(embedding.embeddings, keras.ops.transpose(hidden))
    logits = keras.ops.transpose(columns)
    cap = embedding.logit_soft_cap
    return logits if cap is None else keras.ops.tanh(logits / cap) * cap


class Network:
    """The parts of a causal model, each of which can be run alone.

    Attributes:
        model: the whole model.
        segments: the first begins at the token embeddings, number i ends with the output of
            layer i, and the last one ends where the head begins.
        head: hidden states to logits.
        queue: to be held while the model runs; Keras runs all of a process on one device.
    """

    def __init__(self, model: Any) -> None:
        """Takes over a loaded model and freezes its weights.

        Args:
            model: a `keras_nlp.models.CausalLM`.

        Raises:
            ValueError: it is not a decoder for text alone with a list of layers.
        """
        self.model, self.queue = model, queue_of("keras")
        backbone = model.backbone
        _check(model)
        model.trainable = False  # On PyTorch, weights that can be trained would be recorded.
        self._embedding = backbone.token_embedding
        self.segments = _segments(backbone)
        self.head = Head(self._embedding)

    def table_rows(self, ids: Array) -> Array:
        """Returns the token embeddings [1, tokens, dim] of ids [1, tokens]."""
        return self._embedding(ids)

    @functools.cached_property
    def top_rows(self) -> Segment | None:
        """The last two segments as one for a stretch of rows, or None where they can not be."""
        return top_rows(self.model, self.segments)

    @property
    def max_tokens(self) -> int | None:
        """The number of positions that the model has embeddings for, or None for no bound."""
        bound = getattr(self.model.backbone, "max_sequence_length", None)
        return int(bound) if bound else None


def _check(model: Any) -> None:
    backbone: Any = getattr(model, "backbone", None)
    wanted = ("token_embedding", "transformer_layers")
    missing = [name for name in wanted if not getattr(backbone, name, None)]
    if missing:
        raise ValueError(
            "A causal language model of keras-nlp with a token embedding and transformer layers"
            f" is needed; {type(model).__name__} has no {' and no '.join(missing)}."
        )
    inputs = set(backbone.input) if isinstance(backbone.input, dict) else set()
    if inputs != _TEXT_INPUTS:
        raise ValueError(
            f"A model whose inputs are token_ids and padding_mask alone is needed; the inputs of"
            f" {type(model).__name__} are {', '.join(sorted(inputs)) or 'others'}. Load the"
            " variant for text alone, whose preset's name mostly ends with _text."
        )


def _segments(backbone: Any) -> list[Segment]:
    """Returns the parts of a functional graph between one hidden state and the next."""
    inputs = [backbone.input["token_ids"], backbone.input["padding_mask"]]
    ends = [*(layer.output for layer in backbone.transformer_layers), backbone.output]
    models = [_from_embeddings(backbone, inputs, ends[0])]
    models += [keras.Model([start, *inputs], end) for start, end in itertools.pairwise(ends)]
    kinds: dict[Hashable, Kind] = {}
    segments = []
    for number, model in enumerate(models):
        layers_alone = all(isinstance(operation, keras.Layer) for operation in model.operations)
        # Other operations have settings (a factor, an axis) that can not be compared.
        form = tuple(map(_form, model.operations)) if layers_alone else number
        kind = kinds.setdefault(form, Kind(model, f"segment_{number}"))
        segments.append(Segment(tuple(model.variables), kind))
    return segments


def _from_embeddings(backbone: Any, inputs: list[Any], end: Any) -> Any:
    """Returns what comes after the token embeddings, up to a hidden state.

    In OPT, a layer of the graph looks up the embeddings and adds positions. What it adds to is
    then made an input in its place.
    """
    embedding = backbone.token_embedding
    around = next(layer for layer in backbone.layers if embedding in layer._flatten_layers())
    if around is embedding:
        return keras.Model([embedding.output, *inputs], end)
    if not isinstance(around, keras_hub.layers.TokenAndPositionEmbedding):
        raise ValueError(
            "A model whose token embeddings are a layer of their own, or one with positions, is"
            f" needed; in {type(backbone).__name__} they are within {type(around).__name__}."
        )
    rows = keras.Input(around.output.shape[1:], dtype=around.output.dtype)
    rest = keras.Model([around.output, *inputs], end)
    positions = around.position_embedding(rows)
    return keras.Model([rows, *inputs], rest([keras.ops.add(rows, positions), *inputs]))


def _form(layer: Any) -> Hashable:
    """Returns what two layers have in common that differ in their weights alone.

    It must not be too coarse: layers with and without a sliding window have other masks.
    """
    return tuple(
        (
            type(part),
            tuple(_plain(vars(part).items())),
            tuple((tuple(v.shape), str(v.dtype)) for v in part.variables),
        )
        for part in layer._flatten_layers()
    )


def _plain(attributes: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, str]]:
    """Yields the settings among a layer's attributes; its name is not one."""
    for key, value in sorted(attributes):
        if isinstance(value, int | float | str | tuple | None) and not _is_name(key):
            yield key, repr(value)


def _is_name(key: str) -> bool:
    return any(word in key for word in ("name", "path", "_auto_config", "_build_shapes"))
