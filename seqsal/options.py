"""All options, once: the command line, notebooks and the Configure menu read them here."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final

DEFAULT_MODELS: Final = ("small:embedded:small", "tiny:embedded:tiny")
"""The first one is chosen when the page opens."""
_PREFIX: Final = "SEQSAL_"
DEFAULT_DATASETS: Final = ("sample_prompts",)


def _option(
    default: Any,
    doc: str,
    *,
    choices: tuple[str, ...] | None = None,
    minimum: float | int | None = None,
    maximum: float | int | None = None,
    per_model: bool = False,
) -> Any:
    """Returns a dataclass field that knows its help text and which values it takes."""
    return dataclasses.field(
        default=default,
        metadata={
            "doc": doc,
            "choices": choices,
            "minimum": minimum,
            "maximum": maximum,
            "per_model": per_model,
        },
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """What to load and how to run it.

    Raises:
        ValueError: an option has a value that it does not take.
    """

    models: tuple[str, ...] = _option(
        DEFAULT_MODELS,
        "Models to load, as name:path. A path is a folder with a Transformers checkpoint, a"
        " model id of the hub, or embedded:NAME for a model that ships with seqsal. With"
        " --dl_framework=kerasnlp also a preset of keras-nlp, or the URL of an archive.",
    )
    datasets: tuple[str, ...] = _option(
        DEFAULT_DATASETS,
        "Prompts to load, as name:path of a .jsonl file (records of prompt and, if you like,"
        " target and source) or a .txt file (a prompt on each line), or sample_prompts.",
    )
    dl_framework: str = _option(
        "transformers",
        "Library that loads the models.",
        choices=("transformers", "kerasnlp"),
        per_model=True,
    )
    dl_runtime: str = _option(
        "torch",
        "Framework that runs the models; transformers runs on torch. Keras runs on one of them in"
        " a process, and this goes before the environment variable KERAS_BACKEND.",
        choices=("torch", "tensorflow", "jax"),
        per_model=True,
    )
    precision: str = _option(
        "auto",
        "Type of the weights; int8 and int4 are quantized by bitsandbytes. auto: the checkpoint's"
        " own, with which a CPU computes in float32; on Keras float32 on a CPU, bfloat16 on a GPU.",
        choices=("auto", "float32", "bfloat16", "float16", "int8", "int4"),
        per_model=True,
    )
    device: str = _option(
        "auto",
        "Where models run: cpu, cuda, cuda:1, mps, or spread: over all accelerators. auto: the"
        " first CUDA device, or else the CPU.",
        per_model=True,
    )
    attention: str = _option(
        "auto",
        "Implementation of attention. auto: the library's own choice.",
        choices=("auto", "eager", "sdpa", "flash_attention_2"),
        per_model=True,
    )
    gradient_checkpointing: str = _option(
        "auto",
        "Whether layers keep only their inputs and run again in a backward pass, which takes less"
        " memory and more time. auto: where the sequence would not fit otherwise.",
        choices=("auto", "on", "off"),
        per_model=True,
    )
    trace_memory: float = _option(
        0.25,
        "Share of the memory that is free after loading, for kept forward passes: a selection on"
        " one of them needs only a backward pass.",
        minimum=0,
        maximum=1,
        per_model=True,
    )
    batch_size: int = _option(
        1, "How many prompts are answered at a time.", minimum=1, per_model=True
    )
    max_examples: int = _option(1000, "How many prompts are loaded of a dataset.", minimum=1)
    sequence_length: int | None = _option(
        None,
        "Most tokens of a prompt and its answer together. Unset: the model's own context.",
        minimum=2,
        per_model=True,
    )
    max_new_tokens: int = _option(128, "Most tokens of an answer.", minimum=1, per_model=True)

    num_samples: int = _option(
        1, "How many answers to a prompt; several need a temperature.", minimum=1, per_model=True
    )
    temperature: float = _option(
        0.0,
        "0 for the greedy answer, more for samples: the logits are divided by it.",
        minimum=0,
        per_model=True,
    )
    top_p: float = _option(
        1.0,
        "Samples are drawn from the likeliest tokens that hold this much probability.",
        minimum=0,
        maximum=1,
        per_model=True,
    )
    seed: int = _option(
        0, "The same seed gives the same samples for a prompt.", minimum=0, per_model=True
    )
    chat_template: bool = _option(
        False,
        "Put prompts into the chat template of the model's tokenizer.",
        per_model=True,
    )
    system_prompt: str = _option("", "The system's message in the chat template.", per_model=True)
    trust_remote_code: bool = _option(
        False,
        "Run the Python code that some checkpoints bring along, with all of your rights. Only for"
        " checkpoints whose code you have read; the page can not switch it on.",
    )

    allowed_hosts: tuple[str, ...] = _option(
        (),
        "Names by which the server may be asked, and whose pages may ask it, beside those of this"
        " machine: hub.example.org, *.example.org, or * for any.",
    )
    frame_ancestors: tuple[str, ...] = _option(
        (),
        "Pages that may show the server's in a frame, beside those of this machine:"
        " https://wiki.example.org. Unset: those of allowed_hosts.",
    )
    url_prefix: str = _option(
        "",
        "Path below which the server is asked, such as /seqsal, where a proxy leaves it on.",
    )
    auth_token: str = _option(
        "auto",
        "A secret of at least 16 characters that visitors must show, or off. auto: one is made"
        " and printed where other machines can reach the server.",
    )
    allow_paths: tuple[str, ...] = _option(
        (".", "hub:"),
        "Folders that the page may load models and prompts from and save prompts to; hub: for"
        " every model of the hub. What --models and --datasets name is allowed, too.",
    )
    max_request_mb: float = _option(64.0, "Most megabytes of a request.", minimum=0)
    max_inputs: int = _option(10_000, "Most prompts or selections of a request.", minimum=1)
    max_seconds: float = _option(
        1800.0, "Most seconds that a request is worked on; then it is ended.", minimum=0
    )
    max_waiting: int = _option(
        256, "Most requests at a time; further ones are told to ask again.", minimum=1
    )
    shutdown_seconds: float = _option(
        30.0,
        "Seconds that running work may take to finish when the server is told to stop (SIGTERM).",
        minimum=0,
    )

    data_dir: str = _option(
        "auto",
        "Folder where answers, salience and the prompts that users add are kept over restarts, the"
        " URL of a PostgreSQL database (postgresql+psycopg://user@host/name), or off. auto: the"
        " user's own data folder.",
    )
    store_mb: float = _option(
        1000.0,
        "Most megabytes of the answers and salience that are kept; what was used longest ago goes"
        " first, and users' prompts never.",
        minimum=1,
    )
    log_requests: bool = _option(
        False, "Write a line of JSON for each request, without its text, to the standard error."
    )

    def __post_init__(self) -> None:
        for field, value in self.items():
            _check(field, value)
        if self.dl_framework == "transformers" and self.dl_runtime != "torch":
            raise ValueError(
                f"dl_framework=transformers runs on torch; got dl_runtime={self.dl_runtime!r}. Set"
                " dl_framework=kerasnlp for TensorFlow and JAX, or leave dl_runtime out."
            )

    def items(self) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
        """Yields each option's field and value, in the order of the class."""
        for field in dataclasses.fields(self):
            yield field, getattr(self, field.name)


def _check(field: dataclasses.Field[Any], value: Any) -> None:
    choices, minimum = field.metadata["choices"], field.metadata["minimum"]
    if choices and value not in choices:
        raise ValueError(f"{field.name} must be one of {', '.join(choices)}; got {value!r}.")
    if minimum is None or (value is None and field.default is None):
        return
    kind = float | int if isinstance(field.default, float) else int
    maximum = field.metadata["maximum"] or float("inf")
    if isinstance(value, bool) or not isinstance(value, kind) or not minimum <= value <= maximum:
        number = "a number" if isinstance(field.default, float) else "a whole number"
        bounds = f"at least {minimum}" + ("" if maximum == float("inf") else f", at most {maximum}")
        raise ValueError(f"{field.name} must be {number} of {bounds}; got {value!r}.")


def from_environment(environment: Mapping[str, str]) -> Options:
    """Returns the options that variables named SEQSAL_MODELS, SEQSAL_DEVICE and so on give.

    >>> from_environment({"SEQSAL_MODELS": "a:/x,b:/y", "SEQSAL_BATCH_SIZE": "3"}).models
    ('a:/x', 'b:/y')

    Raises:
        ValueError: a variable names no option, or has a value that its option does not take.
    """
    fields = {field.name: default for field, default in Options().items()}
    chosen: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(_PREFIX):
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name not in fields:
            raise ValueError(
                f"{variable} names no option; the options are {', '.join(sorted(fields))}."
            )
        chosen[name] = _parsed(variable, text, fields[name])
    return Options(**chosen)


def _parsed(variable: str, text: str, default: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(default, str):
        return text
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    try:
        if isinstance(default, bool):
            return words[text.lower()]
        return float(text) if isinstance(default, float) else int(text)
    except (KeyError, ValueError):
        kinds = {bool: "true or false", float: "a number"}
        kind = kinds.get(type(default), "a whole number")
        raise ValueError(f"{variable} must be {kind}; got {text!r}.") from None


def split_name(config: str, kind: str) -> tuple[str, str]:
    """Returns name and path of `name:path`; only the first colon divides them.

    Raises:
        ValueError: there is no colon, or nothing on one side of it.
    """
    name, colon, path = config.partition(":")
    if not (name and colon and path):
        raise ValueError(
            f"A {kind} is given as name:path, for example my_{kind}:/path/to/it; got {config!r}."
        )
    return name, path
