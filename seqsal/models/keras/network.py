"""The parts of a keras-hub causal model: token embeddings, segments of its graph, head.

Every backbone of keras-hub is a functional graph. It is cut at the token embeddings and at the
output of each layer, so that each part can run, be differentiated and be intercepted alone, on
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
from seqsal.models.keras._accelerate import tied_head
from seqsal.models.keras._accelerate.top_rows import top_rows
from seqsal.models.keras.segment import Segment, SegmentFunction

_TEXT_INPUTS: Final = {"token_ids", "padding_mask"}


class Head:
    """Hidden states to logits, as a function of the weights of the token embedding.

    Attributes:
        weights: the variables of that layer.
        compiled: functions that a runtime has compiled.
    """

    def __init__(self, embedding: Any) -> None:
        self._embedding = embedding
        self.weights = tuple(embedding.variables)
        self.compiled: dict[Any, Any] = {}

    def __call__(self, weights: Sequence[Array], hidden: Array) -> Array:
        """Returns the logits [rows, vocabulary] of hidden states [rows, dim], float32 at least."""
        values = zip(self._embedding.variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=list(values)):
            logits = tied_head.logits(self._embedding, hidden)
        return logits if "float64" in str(logits.dtype) else keras.ops.cast(logits, "float32")


class Network:
    """The parts of a causal model, each of which can run alone.

    Attributes:
        model: the whole model.
        segments: the first starts at the token embeddings, segment i ends with the output of
            layer i, and the last one ends before the head.
        head: hidden states to logits.
        queue: to be held while the model runs; all Keras models of a process share a device.
    """

    def __init__(self, model: Any) -> None:
        """Freezes the weights of a loaded model.

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

    @property
    def table_size(self) -> int:
        """The number of rows of the embedding table."""
        return int(self._embedding.input_dim)

    def table_rows(self, ids: Array) -> Array:
        """Returns the token embeddings [1, tokens, dim] of ids [1, tokens]."""
        return self._embedding(ids)

    @functools.cached_property
    def top_rows(self) -> Segment | None:
        """The last two segments as one for a range of rows, or None if that is not possible."""
        return top_rows(self.model, self.segments)

    @property
    def max_tokens(self) -> int | None:
        """The number of position embeddings, or None if the model has no bound."""
        bound = getattr(self.model.backbone, "max_sequence_length", None)
        return int(bound) if bound else None


def _check(model: Any) -> None:
    backbone: Any = getattr(model, "backbone", None)
    required = ("token_embedding", "transformer_layers")
    missing = [name for name in required if not getattr(backbone, name, None)]
    if missing:
        raise ValueError(
            "The model must be a causal language model of keras-hub with a token embedding and"
            f" transformer layers; {type(model).__name__} has no {' and no '.join(missing)}."
        )
    inputs = set(backbone.input) if isinstance(backbone.input, dict) else set()
    if inputs != _TEXT_INPUTS:
        raise ValueError(
            "The inputs of the model must be token_ids and padding_mask only; those of"
            f" {type(model).__name__} are {', '.join(sorted(inputs)) or 'others'}. Load the variant"
            " for text only; the name of its preset mostly ends with _text."
        )


def _segments(backbone: Any) -> list[Segment]:
    """Returns the parts of a functional graph between one hidden state and the next."""
    inputs = [backbone.input["token_ids"], backbone.input["padding_mask"]]
    ends = [*(layer.output for layer in backbone.transformer_layers), backbone.output]
    models = [_from_embeddings(backbone, inputs, ends[0])]
    models += [keras.Model([start, *inputs], end) for start, end in itertools.pairwise(ends)]
    functions: dict[Hashable, SegmentFunction] = {}
    segments = []
    for number, model in enumerate(models):
        only_layers = all(isinstance(operation, keras.Layer) for operation in model.operations)
        # Operations that are not layers have settings (a factor, an axis) that cannot be compared.
        form = tuple(map(_form, model.operations)) if only_layers else number
        function = functions.setdefault(form, SegmentFunction(model, f"segment_{number}"))
        segments.append(Segment(tuple(model.variables), function))
    return segments


def _from_embeddings(backbone: Any, inputs: list[Any], end: Any) -> Any:
    """Returns the graph from the token embeddings to a hidden state.

    In OPT, one layer of the graph looks up the embeddings and adds positions. The sum is then
    computed here, from an input for the embeddings.
    """
    embedding = backbone.token_embedding
    around = next(layer for layer in backbone.layers if embedding in layer._flatten_layers())
    if around is embedding:
        return keras.Model([embedding.output, *inputs], end)
    if not isinstance(around, keras_hub.layers.TokenAndPositionEmbedding):
        raise ValueError(
            "The token embeddings of a model must be a layer of its graph, or part of a"
            f" TokenAndPositionEmbedding; in {type(backbone).__name__} they are part of a"
            f" {type(around).__name__}."
        )
    rows = keras.Input(around.output.shape[1:], dtype=around.output.dtype)
    rest = keras.Model([around.output, *inputs], end)
    positions = around.position_embedding(rows)
    return keras.Model([rows, *inputs], rest([keras.ops.add(rows, positions), *inputs]))


def _form(layer: Any) -> Hashable:
    """Returns a key that is equal for layers that differ in their weights only.

    It must cover all settings: layers with and without a sliding window have different masks.
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
    """Yields the settings among a layer's attributes, without names."""
    for key, value in sorted(attributes):
        if isinstance(value, int | float | str | tuple | None) and not _is_name(key):
            yield key, repr(value)


def _is_name(key: str) -> bool:
    return any(word in key for word in ("name", "path", "_auto_config", "_build_shapes"))
