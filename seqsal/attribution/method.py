"""What an attribution method is: its description, and how it scores tokens."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from jaxtyping import Float32, Float64

from seqsal.models.arrays import Array, NumpyArray
from seqsal.models.causal_lm import CausalLM
from seqsal.models.objective import Objective, Term
from seqsal.shared.resources import shared_data

Scores = dict[str, NumpyArray]
"""By method, one score for each token of a sequence."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cost:
    """How many passes a method takes beyond the one forward pass of a sequence.

    Attributes:
        forward: forward passes.
        backward: backward passes.
        per: for each selection, or for each segment of the text.
    """

    forward: int = 0
    backward: int = 0
    per: Literal["selection", "segment"] = "selection"


@dataclasses.dataclass(frozen=True, kw_only=True)
class MethodInfo:
    """The description of a method: all that a page, a notebook or a file needs to know of it.

    Attributes:
        name: the name of its output field, such as grad_l2.
        label: what people call it.
        help: one line about what a score says.
        version: raised when the method gives other numbers, so that stored ones are recomputed.
        signed: whether a score below 0 means that a token speaks against the selection; None where
            that is not known.
        scores: whether it scores tokens or segments.
        cost: the passes that it takes.
        family: methods of one family come from the same passes: asking for one gives all of them
            at no further cost. Empty for a method that shares no pass.
        options: what else the scores depend on, such as "steps=64"; empty for the defaults. Stored
            scores are found by name, version and options.
        remainder: one line about what is left where the scores of all tokens do not add up to
            their total; empty for a method without a total.
    """

    name: str
    version: int = 1
    label: str
    help: str
    signed: bool | None = False
    scores: Literal["tokens", "segments"] = "tokens"
    cost: Cost = Cost()
    family: str = ""
    options: str = ""
    remainder: str = ""

    def to_json(self) -> dict[str, Any]:
        """Returns the description as a JSON object, as in seqsal/shared/methods.json."""
        fields = dataclasses.asdict(self)
        return {
            name: value
            for name, value in fields.items()
            if value or name not in ("options", "remainder")
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "MethodInfo":
        """Returns the description in a JSON object; unknown fields are ignored.

        Raises:
            ValueError: the name, the label or the help is missing.
        """
        fields = {
            field.name: value[field.name]
            for field in dataclasses.fields(cls)
            if field.name in value
        }
        if missing := {"name", "label", "help"} - set(fields):
            raise ValueError(
                "The description of a method needs a name, a label and a line of help;"
                f" {', '.join(sorted(missing))} is missing in {dict(value)}."
            )
        return cls(**{**fields, "cost": Cost(**fields.get("cost", {}))})


def builtin_info(name: str) -> MethodInfo:
    """Returns the description of a method that ships with seqsal.

    Raises:
        KeyError: none has this name.
    """
    infos = {each["name"]: each for each in shared_data("methods.json")}
    return MethodInfo.from_json(infos[name])


@runtime_checkable
class Run(Protocol):
    """One sequence on one model, with what a method may ask of it."""

    @property
    def lm(self) -> CausalLM:
        """The model."""

    @property
    def ids(self) -> tuple[int, ...]:
        """The sequence, up to the last token that has to be run."""

    def gradients(
        self, objectives: Sequence[Objective], *, linearized: bool = False
    ) -> Iterator[Float32[Array, "tokens dim"]]:
        """Yields d objective / d embeddings for each objective; gradients are cached.

        Args:
            objectives: what is differentiated.
            linearized: whether the derivative is that of the linearized network, as in
                `seqsal.models.causal_lm.Trace.gradients`.
        """

    def embeddings(self) -> Float32[Array, "tokens dim"]:
        """Returns the token embeddings e, before the model scales them or adds positions."""

    def logprobs(self, terms: Sequence[Term]) -> Float32[NumpyArray, " terms"]:
        """Returns the log-probability of each term."""

    def head_products(self, objectives: Sequence[Objective]) -> Float64[NumpyArray, " objectives"]:
        """Returns for each objective what `seqsal.models.capabilities.head_products` says."""

    def to_numpy(self, array: Array) -> NumpyArray:
        """Returns an array of the model's framework as a NumPy array."""


@runtime_checkable
class Method(Protocol):
    """An attribution method."""

    @property
    def info(self) -> MethodInfo:
        """The description of the method."""

    def attribute(
        self, run: Run, objectives: Sequence[Objective]
    ) -> Iterator[Float32[NumpyArray, " tokens"]]:
        """Yields the scores of all tokens of `run.ids` for each objective, in order.

        A score is positive where the token supports the objective, if the method is signed.
        Scores are 0 from the objective's `end` on.
        """


@runtime_checkable
class HasTotals(Protocol):
    """An attribution method that knows what the scores of all tokens should add up to."""

    def totals(
        self, run: Run, objectives: Sequence[Objective]
    ) -> Float64[NumpyArray, " objectives"]:
        """Returns for each objective the sum of the scores of all tokens if nothing is left out.

        The description's `remainder` says what the difference to the actual sum is.
        """


@dataclasses.dataclass(frozen=True)
class GradientMethod:
    """A method that scores tokens by the gradient of the objective.

    Those of the same network share one backward pass, as the family "gradient" or "linearized".

    Attributes:
        info: the description; its family is set here.
        score: maps gradients [objectives, tokens, dim] and embeddings [tokens, dim], arrays of the
            framework that runs the model, to scores [objectives, tokens]. Operators and methods
            that NumPy, PyTorch and JAX arrays share keep the scores where the gradients are.
        linearized: whether the gradients are those of the linearized network, as in
            `seqsal.models.causal_lm.Trace.gradients`.
    """

    info: MethodInfo
    score: Callable[
        [Float32[Array, "objectives tokens dim"], Float32[Array, "tokens dim"]],
        Float32[Array, "objectives tokens"],
    ]
    linearized: bool = False

    def __post_init__(self) -> None:
        family = "linearized" if self.linearized else "gradient"
        info = dataclasses.replace(self.info, family=family, cost=Cost(backward=1))
        object.__setattr__(self, "info", info)

    def attribute(
        self, run: Run, objectives: Sequence[Objective]
    ) -> Iterator[Float32[NumpyArray, " tokens"]]:
        """Yields the scores of all tokens for each objective."""
        for gradient in run.gradients(objectives, linearized=self.linearized):
            yield run.to_numpy(self.score(gradient[None], run.embeddings()))[0]
