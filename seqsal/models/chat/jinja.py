"""The chat template of a checkpoint's folder, rendered as Transformers renders it.

For models that do not run on Transformers. A template is a program from the web: it runs in
Jinja's sandbox, and gets plain JSON values only.
"""

import datetime
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import jinja2
import jinja2.ext
import jinja2.sandbox

_TOKENS: Final = (
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
)


class JinjaTemplate:
    """Chat templates by name, and the special tokens that they may use."""

    def __init__(self, templates: Mapping[str, str], tokens: Mapping[str, str]) -> None:
        """Stores the arguments.

        Args:
            templates: the sources: `default`, and perhaps `tool_use` for messages with tools.
            tokens: the texts of `bos_token` and others.

        Raises:
            ValueError: there is no default.
        """
        if "default" not in templates:
            raise ValueError(
                "A model with several chat templates must have one with the name default; this one"
                f" has {', '.join(sorted(templates))}."
            )
        self._templates, self._tokens = dict(templates), dict(tokens)
        self._environment = _environment()

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of all templates."""
        return tuple(self._templates.values())

    def source(self, tools: Sequence[Mapping[str, Any]] | None) -> str:
        """Returns the source of the template for messages with or without tools."""
        name = "tool_use" if tools is not None and "tool_use" in self._templates else "default"
        return self._templates[name]

    def render(
        self,
        chat: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None,
        documents: Sequence[Mapping[str, str]] | None,
        add_generation_prompt: bool,
    ) -> str:
        """Returns the text of messages; raises errors of Jinja."""
        template = self._environment.from_string(self.source(tools))
        return template.render(
            **self._tokens,
            messages=chat,
            tools=tools,
            documents=documents,
            add_generation_prompt=add_generation_prompt,
        )


def template_in(folder: pathlib.Path) -> JinjaTemplate | None:
    """Returns the chat template among the files of a checkpoint, or None.

    Args:
        folder: has chat_template.jinja, and perhaps additional_chat_templates; or a
            tokenizer_config.json with a chat_template. The latter has the special tokens.

    Raises:
        ValueError: a file cannot be read.
    """
    config = _json(folder / "tokenizer_config.json")
    templates = _named(config.get("chat_template"))
    files = {"default": folder / "chat_template.jinja"}
    others = (folder / "additional_chat_templates").glob("*.jinja")
    files |= {file.stem: file for file in sorted(others)}
    in_files = {name: _text(file) for name, file in files.items() if file.is_file()}
    templates = in_files or templates
    if not templates:
        return None
    tokens = {**_json(folder / "special_tokens_map.json"), **config}
    known = {name: _token(tokens.get(name)) for name in _TOKENS}
    return JinjaTemplate(templates, {name: token for name, token in known.items() if token})


def _named(value: object) -> dict[str, str]:
    """Returns the templates in a configuration: a text, or a list of objects with names."""
    if isinstance(value, str):
        return {"default": value}
    if isinstance(value, list):
        return {str(each["name"]): str(each["template"]) for each in value}
    return {}


def _token(value: object) -> str:
    """Returns the text of a special token: a text, or an object with its content."""
    return str(value.get("content") or "") if isinstance(value, dict) else str(value or "")


def _json(file: pathlib.Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        content = json.loads(_text(file))
    except ValueError as error:
        raise ValueError(f"{file} must be JSON; {error}.") from error
    return dict(content) if isinstance(content, dict) else {}


def _text(file: pathlib.Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} cannot be read: {error}.") from error


def _environment() -> jinja2.sandbox.ImmutableSandboxedEnvironment:
    """Returns what Transformers gives to templates (utils/chat_template_utils.py, 5.23)."""
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_Generation, jinja2.ext.loopcontrols],
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    environment.globals["namespace"] = _Namespace
    return environment


class _Generation(jinja2.ext.Extension):
    """Reads the tag that marks what the model writes; its content is text like any other."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: jinja2.parser.Parser) -> list[jinja2.nodes.Node]:
        """Returns what is between the tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Namespace(jinja2.utils.Namespace):
    """Refuses names that could lead out of the sandbox."""

    def __init__(*args: Any, **values: Any) -> None:
        given = dict(*args[1:], **values)
        for name in given:
            _check_name(name)
        jinja2.utils.Namespace.__init__(args[0], given)

    def __setitem__(self, name: str, value: Any) -> None:
        _check_name(name)
        super().__setitem__(name, value)


def _check_name(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise jinja2.exceptions.SecurityError(f"A chat template cannot set {name!r}.")


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _raise_exception(message: str) -> None:
    raise jinja2.exceptions.TemplateError(message)


def _strftime_now(form: str) -> str:
    return datetime.datetime.now().strftime(form)
