"""The Sequence Salience view as a Jupyter widget, without a server or a port."""

import contextlib
import functools
import logging
import uuid
from collections.abc import Mapping
from typing import Any, Final

import anywidget
import traitlets

from seqsal.attribution.selection import Ranges
from seqsal.models.progress.tasks import CancelledError, current_task
from seqsal.notebook.view import versions
from seqsal.notebook.view.content import ViewContent, compute_content, with_cached_selections
from seqsal.notebook.view.display_settings import DisplaySettings
from seqsal.notebook.view.ranges import parse_selection
from seqsal.notebook.view.requests import handle_message
from seqsal.notebook.view.saved_notebook import SavedOutput, wait_after_each_cell
from seqsal.notebook.view.score_source import ScoreSource
from seqsal.notebook.view.worker import Worker
from seqsal.results.result import Result
from seqsal.shared.resources import frontend_file

_log: Final = logging.getLogger(__name__)


class Computed(traitlets.TraitType[Any, Any]):
    """A trait whose value is computed in the background; reading it waits for the computation."""

    def get(self, obj: Any, cls: Any = None) -> Any:
        """Returns the value after all pending work is done.

        Raises:
            ValueError: the value could not be computed.
        """
        obj.wait()
        return super().get(obj, cls)


class SalienceView(DisplaySettings, anywidget.AnyWidget):
    """Sequence Salience in a cell, with attributes that are synchronized with the page.

    Reading `answer`, `tokens`, `selection` or `scores` waits for pending work, so that their
    values are always consistent. All attributes can be observed. Observers of these four are
    called in the thread that computes them.

    Attributes:
        prompt: the text that the model reads.
        target: the text after the prompt that is explained; None for the model's own answer.
        answer: the text after the prompt that is explained.
        selection: the characters of prompt + answer that are explained: ranges (start, end).
            Accepts a text, a range, or a list of them. It is extended to whole tokens.
        tokens: the tokens of prompt + answer, with the names of special tokens.
        scores: for each method one number per token; empty without a selection.

    The display settings are those of `DisplaySettings`.
    """

    _esm = ""

    prompt = traitlets.Unicode().tag(sync=True)
    target = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    answer = Computed("", read_only=True)
    selection = Computed(())
    tokens = Computed((), read_only=True)
    scores = Computed({}, read_only=True)

    _key = traitlets.Unicode().tag(sync=True)
    _demonstration = traitlets.Bool(False).tag(sync=True)
    _can_check = traitlets.Bool(False).tag(sync=True)
    _chat_template = traitlets.Unicode("none").tag(sync=True)
    _thinking_marks = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    _height = traitlets.Int(None, allow_none=True).tag(sync=True)
    _place = traitlets.Unicode().tag(sync=True)
    _saved = traitlets.Any(None).tag(sync=True)
    _several = traitlets.Bool(False).tag(sync=True)
    _versions = traitlets.List(traitlets.Dict()).tag(sync=True)
    _notes = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        source: ScoreSource,
        prompt: str,
        target: str | None = None,
        *,
        select: Any = None,
        height: int | None = None,
        choices: Mapping[str, str] | None = None,
    ) -> None:
        """Starts the computation in the background; the cell shows partial content meanwhile.

        Args:
            source: provides answers, tokens and scores.
            prompt: the text that the model reads.
            target: the text after it; None for the model's own answer.
            select: the first selection, as the attribute `selection` accepts it.
            height: in pixels; None for a height that fits the text, within bounds.
            choices: display settings, as in the attribute `choices`.

        Raises:
            ValueError: the prompt is empty, or the front end has not been built.
            traitlets.TraitError: a display setting has an invalid value.
        """
        self._esm = frontend_file("seqsal-widget.js").read_text(encoding="utf-8")
        self._source = source
        self._failure: Exception | None = None
        self._content: ViewContent | None = None
        self._has_unsaved_changes = False
        key = uuid.uuid4().hex
        self._output = SavedOutput(key)
        super().__init__(
            prompt=prompt,
            target=target,
            _key=key,
            _methods=list(source.methods),
            _demonstration=source.demonstration,
            _can_check=source.can_check,
            _chat_template=source.chat_template,
            _thinking_marks=[list(pair) for pair in source.thinking_marks],
            _height=height,
            _versions=versions.first(prompt),
            choices=dict(choices or {}),
        )
        self._keep_equal()
        self._worker = Worker(self._save)
        self.observe(self._on_text, ["prompt", "target"])
        self.observe(self._on_place, "_place")
        self.observe(self._on_selection, "selection")
        self.observe(self._save_when_idle, "choices")
        self.on_msg(self._on_message)
        self._start_computation(() if select is None else select)

    def wait(self) -> None:
        """Blocks until all pending work is done and its results are in the saved state.

        Raises:
            ValueError: the content could not be computed.
        """
        worker = self.__dict__.get("_worker")
        if worker is None or worker.is_current_thread():
            return
        worker.wait()
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        self._save()

    def edit(self, old: str, new: str) -> None:
        """Replaces a text in the prompt and explains the changed prompt.

        The page asks the same question about the new answer.

        Args:
            old: a text that occurs once in the prompt.
            new: the text in its place.

        Raises:
            ValueError: the old text does not occur once, or the prompt would be empty.
        """
        self.prompt = versions.replaced(self.prompt, old, new)

    def revert(self) -> None:
        """Shows the version again that the prompt was made from; nothing is deleted.

        Raises:
            ValueError: this is the first version.
        """
        before = versions.before(self._versions, self.prompt)
        if before is None:
            raise ValueError("This is the first version of the prompt: there is none before it.")
        self.prompt = before

    @property
    def trail(self) -> list[Result]:
        """All versions of the prompt with their answers, in the order in which they were made.

        The results have the selections whose scores are cached. A version that was not answered
        yet is answered now.
        """
        self.wait()
        shown = self.prompt
        return [
            self.result if each["prompt"] == shown else self._result_of(each["prompt"])
            for each in self._versions
        ]

    def _result_of(self, prompt: str) -> Result:
        content = compute_content(self._source, prompt, self.target, "", (), from_page=False)
        return self._with_model(content)

    @property
    def result(self) -> Result:
        """The content of the view with all selections whose scores are cached.

        Its `faithfulness` runs the model of the view.
        """
        self.wait()
        assert self._content is not None
        return self._with_model(self._content)

    def _with_model(self, content: ViewContent) -> Result:
        result = with_cached_selections(content.result, self._source, self.choices)
        self._source.attach_model(result)
        return result

    def close(self) -> None:
        """Removes the view from the page, cancels pending work and frees the forward pass."""
        self._worker.close()
        if self.comm is not None and self._content is not None:
            # In the worker's thread, because it may have to wait for the device queue.
            self._worker.submit("forget", functools.partial(self._forget, self._content.result))
        super().close()

    def _forget(self, result: Result) -> None:
        with contextlib.suppress(ValueError):  # A text that does not fit has no forward pass.
            self._source.forget(result.prompt, result.target)

    def _ipython_display_(self) -> None:
        """Displays the view, and below it the output that a saved notebook shows instead."""
        from IPython.display import display

        bundle = self._repr_mimebundle_()
        assert bundle is not None
        data, metadata = bundle
        display(data, metadata=metadata, raw=True)
        self.show_saved_output()

    def show_saved_output(self) -> None:
        """Displays the output that a saved notebook shows instead of the view."""
        self._output.show()
        wait_after_each_cell(self)

    @traitlets.validate("prompt")
    def _check_prompt(self, proposal: Any) -> str:
        prompt: str = proposal["value"]
        if not prompt:
            raise ValueError("The prompt is empty. Expected the text that the model reads.")
        return prompt

    @traitlets.validate("selection")
    def _check_selection(self, proposal: Any) -> Ranges:
        answer = self.answer  # Waits for the content.
        before = self.prompt if self._content is None else self._content.result.prompt_text
        return parse_selection(proposal["value"], before, answer)

    def _on_text(self, change: Any) -> None:
        if change.name == "prompt":
            self._versions = versions.added(self._versions, change.new, change.old)
        # The page finds the selection again in the new text, and is not moved.
        self._start_computation(None)

    def _on_place(self, change: Any) -> None:
        """Follows a selection that the user made on the page."""
        if self._content is None or change.new != str(self._content.place):
            self._start_computation(None)

    def _on_selection(self, change: Any) -> None:
        if self._content is None or change.new != self._content.characters:
            self._start_computation(change.new)

    def _start_computation(self, select: Any) -> None:
        """Recomputes answer, tokens and scores in the background.

        Args:
            select: the new selection; None for the current selection of the page.
        """
        self._worker.submit("content", functools.partial(self._compute, select))

    def _compute(self, select: Any) -> None:
        self._failure = None
        from_page = select is None
        try:
            content = compute_content(
                self._source, self.prompt, self.target, self._place, select, from_page=from_page
            )
            current_task().raise_if_cancelled()
            self._publish(content, move_page=not from_page)
        except CancelledError:
            raise
        except Exception as error:
            self._failure = error
            if not isinstance(error, ValueError):
                _log.exception("The content of a view could not be computed.")

    def _publish(self, content: ViewContent, *, move_page: bool) -> None:
        with self.hold_sync():
            self._content = content
            if move_page:
                self._place = str(content.place)
            self._several = content.several
            self.set_trait("answer", content.result.target)
            self.set_trait("tokens", content.result.tokens)
            self.set_trait("scores", dict(content.result.scores))
            self.selection = content.characters
        self._has_unsaved_changes = True

    def _save_when_idle(self, _: Any) -> None:
        if self._content is not None:
            self._has_unsaved_changes = True
            self._worker.submit("save", lambda: None)  # The worker calls `_save` after a pause.

    def _save(self) -> None:
        """Writes the result into the widget state and the output that are saved with a notebook."""
        if self._has_unsaved_changes and self._content is not None:
            self._has_unsaved_changes = False
            result = with_cached_selections(self._content.result, self._source, self.choices)
            self._saved = result.to_fields()
            self._output.update(result)

    def _on_message(self, _: Any, message: Mapping[str, Any], __: Any) -> None:
        handle_message(message, self._source, self._worker, self.send)
