"""All options, for the command line, notebooks and LIT's Configure menu."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypedDict

DEFAULT_MODELS: Final = ("small:embedded:small", "tiny:embedded:tiny")
"""The page opens with the first one."""
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
    """Returns a dataclass field with a help text and the valid values in its metadata."""
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
        ValueError: the value of an option is not valid.
    """

    models: tuple[str, ...] = _option(
        DEFAULT_MODELS,
        "Models to load, as path or name:path. A path is a folder with a Transformers checkpoint, a"
        " GGUF file, a model id of the hub (owner/repository:file.gguf for a GGUF file there),"
        " embedded:NAME for a model that ships with seqsal, or the name of one that `seqsal get`"
        " fetched. With --dl_framework=kerasnlp also a preset of keras-nlp, or the URL of an"
        " archive. Without a name, the last part of the path is the name.",
    )
    datasets: tuple[str, ...] = _option(
        DEFAULT_DATASETS,
        "Prompts to load, as name:path of a .jsonl file (records with prompt and optionally target"
        " and source) or a .txt file (a prompt per line), or sample_prompts, chat_prompts or"
        " published_prompts.",
    )
    dl_framework: str = _option(
        "transformers",
        "Library that loads the models.",
        choices=("transformers", "kerasnlp"),
        per_model=True,
    )
    dl_runtime: str = _option(
        "torch",
        "Framework that runs the models; transformers runs on torch. Keras uses one of them per"
        " process, and this overrides the environment variable KERAS_BACKEND.",
        choices=("torch", "tensorflow", "jax"),
        per_model=True,
    )
    precision: str = _option(
        "auto",
        "Type of the weights; int8 and int4 are quantized by bitsandbytes. auto: the type in the"
        " checkpoint, which a CPU computes in float32; on Keras float32 on a CPU, bfloat16 on a"
        " GPU.",
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
        "Whether layers store only their inputs and are recomputed in a backward pass, which takes"
        " less memory and more time. auto: if the sequence would not fit otherwise.",
        choices=("auto", "on", "off"),
        per_model=True,
    )
    trace_memory: float = _option(
        0.25,
        "Share of the memory that is free after loading, for cached forward passes: a selection on"
        " one of them needs only a backward pass.",
        minimum=0,
        maximum=1,
        per_model=True,
    )
    batch_size: int = _option(
        1, "How many prompts to generate for at a time.", minimum=1, per_model=True
    )
    max_examples: int = _option(1000, "How many prompts of a dataset to load.", minimum=1)
    sequence_length: int | None = _option(
        None,
        "Maximum number of tokens of a prompt and its answer together. Unset: the model's context.",
        minimum=2,
        per_model=True,
    )
    max_new_tokens: int = _option(
        128, "Maximum number of tokens of an answer.", minimum=1, per_model=True
    )

    num_samples: int = _option(
        1,
        "How many answers to generate per prompt; more than one needs a temperature.",
        minimum=1,
        per_model=True,
    )
    temperature: float = _option(
        0.0,
        "0 for greedy decoding, more for sampling: the logits are divided by it.",
        minimum=0,
        per_model=True,
    )
    top_p: float = _option(
        1.0,
        "Sample from the likeliest tokens whose probabilities sum to this.",
        minimum=0,
        maximum=1,
        per_model=True,
    )
    seed: int = _option(
        0,
        "Seed of the samples: equal seeds give equal samples for a prompt.",
        minimum=0,
        per_model=True,
    )
    stop: tuple[str, ...] = _option(
        (),
        "Texts that end an answer before them, such as \\n\\n for a blank line; \\n is a line"
        " break, \\t a tab, \\\\ a backslash.",
        per_model=True,
    )
    chat_template: bool = _option(
        False,
        "Insert prompts into the chat template of the model's tokenizer.",
        per_model=True,
    )
    system_prompt: str = _option("", "The system message in the chat template.", per_model=True)
    trust_remote_code: bool = _option(
        False,
        "Run the Python code in a checkpoint, with all of your permissions. Only for checkpoints"
        " whose code you have read; the page cannot enable it.",
    )

    allowed_hosts: tuple[str, ...] = _option(
        (),
        "Host names that the server accepts and whose pages may send requests, in addition to those"
        " of this machine: hub.example.org, *.example.org, or * for any.",
    )
    frame_ancestors: tuple[str, ...] = _option(
        (),
        "Pages that may embed the server's page in a frame, in addition to those of this machine:"
        " https://wiki.example.org. Unset: those of allowed_hosts.",
    )
    url_prefix: str = _option(
        "",
        "Path prefix of requests, such as /seqsal, if a proxy does not remove it.",
    )
    auth_token: str = _option(
        "auto",
        "A secret of at least 16 characters that requests must carry, or off. auto: a new one is"
        " printed if other machines can reach the server.",
    )
    allow_paths: tuple[str, ...] = _option(
        (".", "hub:"),
        "Folders that the page may load models and prompts from and save prompts to; hub: for"
        " every model of the hub. The paths in --models and --datasets are allowed too.",
    )
    max_request_mb: float = _option(64.0, "Maximum size of a request in megabytes.", minimum=0)
    max_inputs: int = _option(
        10_000, "Maximum number of prompts or selections of a request.", minimum=1
    )
    max_seconds: float = _option(
        1800.0, "Maximum time of a request in seconds; then it is cancelled.", minimum=0
    )
    max_waiting: int = _option(
        256, "Maximum number of concurrent requests; others get status 503.", minimum=1
    )
    shutdown_seconds: float = _option(
        30.0,
        "Seconds that running requests may take to finish after SIGTERM.",
        minimum=0,
    )

    data_dir: str = _option(
        "auto",
        "Folder that stores answers, salience and added prompts across restarts, the URL of a"
        " PostgreSQL database (postgresql+psycopg://user@host/name), or off. auto: the user's data"
        " folder.",
    )
    store_mb: float = _option(
        1000.0,
        "Maximum size of the stored answers and salience in megabytes; the least recently used are"
        " removed first, added prompts never.",
        minimum=1,
    )
    cache_dir: str = _option(
        "auto",
        "Folder for models that are fetched or converted from GGUF files. auto: the user's cache"
        " folder.",
    )
    cache_gb: float = _option(
        20.0,
        "Maximum size of the models converted from GGUF files in gigabytes; the least recently used"
        " are removed first.",
        minimum=0,
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


class AnalysisOptionValues(TypedDict, total=False):
    """Fields of `Options` as keyword arguments of `seqsal.analyze`.

    It has all but those that are parameters of its own: `**options: Unpack[AnalysisOptionValues]`
    (PEP 692).
    """

    dl_framework: str
    dl_runtime: str
    precision: str
    device: str
    attention: str
    gradient_checkpointing: str
    trace_memory: float
    max_examples: int
    sequence_length: int | None
    max_new_tokens: int
    num_samples: int
    temperature: float
    top_p: float
    seed: int
    stop: tuple[str, ...]
    chat_template: bool
    system_prompt: str
    trust_remote_code: bool
    allowed_hosts: tuple[str, ...]
    frame_ancestors: tuple[str, ...]
    url_prefix: str
    auth_token: str
    allow_paths: tuple[str, ...]
    max_request_mb: float
    max_inputs: int
    max_seconds: float
    max_waiting: int
    shutdown_seconds: float
    data_dir: str
    store_mb: float
    cache_dir: str
    cache_gb: float
    log_requests: bool


class OptionValues(AnalysisOptionValues, total=False):
    """Fields of `Options` as keyword arguments: `**options: Unpack[OptionValues]` (PEP 692)."""

    models: tuple[str, ...]
    datasets: tuple[str, ...]
    batch_size: int


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
    """Returns the options in environment variables such as SEQSAL_MODELS and SEQSAL_DEVICE.

    >>> from_environment({"SEQSAL_MODELS": "a:/x,b:/y", "SEQSAL_BATCH_SIZE": "3"}).models
    ('a:/x', 'b:/y')

    Raises:
        ValueError: a variable names no option, or its value is not valid.
    """
    fields = {field.name: default for field, default in Options().items()}
    chosen: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(_PREFIX):
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name not in fields:
            raise ValueError(
                f"{variable} is not an option; the options are {', '.join(sorted(fields))}."
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
