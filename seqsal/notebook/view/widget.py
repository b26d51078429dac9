"""The Sequence Salience view as a widget for notebooks, without a server or a port."""

import contextlib
import functools
import logging
import uuid
from collections.abc import Mapping
from typing import Any, Final

import anywidget
import traitlets

from seqsal.models.progress.tasks import CancelledError, current
from seqsal.notebook.view.answers import hear
from seqsal.notebook.view.output import SavedOutput
from seqsal.notebook.view.place import Ranges
from seqsal.notebook.view.selection import ranges_of
from seqsal.notebook.view.settled import Settled, settle, with_all
from seqsal.notebook.view.texts import ViewTexts
from seqsal.notebook.view.unattended import finish_with_each_cell
from seqsal.notebook.view.worker import Worker
from seqsal.results.result import Result
from seqsal.shared.built import built

GRANULARITIES: Final = ("tokens", "words", "sentences", "lines", "paragraphs", "custom")
AGGREGATIONS: Final = ("sum", "mean", "max")
_FIRST: Final = {"granularity": "sentences", "aggregation": "sum"}
"""What the display begins with, which `choices` leaves out."""

_log: Final = logging.getLogger(__name__)


class WorkedOut(traitlets.TraitType[Any, Any]):
    """A trait that is worked out: who reads it waits until that is done."""

    def get(self, obj: Any, cls: Any = None) -> Any:
        """Returns the value once nothing is under way.

        Raises:
            ValueError: what was asked for can not be worked out.
        """
        obj.wait()
        return super().get(obj, cls)


class SalienceView(anywidget.AnyWidget):
    """Sequence Salience in a cell. What is changed here moves the page, and a click there this.

    Reading `answer`, `tokens`, `selection` or `scores` waits until what is under way is done, so
    that they always belong together. All can be observed; observers of these four are called in
    the thread that works them out.

    Attributes:
        prompt: what the model reads.
        target: what follows it and is explained; None for the model's own answer.
        answer: the text after the prompt that is explained.
        selection: the characters of prompt + answer that are explained: ranges (start, end).
            May be set to a text, a range, or a list of them; it moves to the edges of tokens.
        tokens: the tokens of prompt + answer, special ones by their names.
        scores: for each method one number for each token; empty where nothing is selected.
        granularity: tokens, words, sentences, lines, paragraphs, or custom.
        method: grad_l2 or grad_dot_input.
        aggregation: sum, mean or max of the scores of a segment's tokens.
        choices: all choices of the display that are not as they are at first, by the names of the
            saved format (`view` in saved-result.schema.json).
    """

    _esm = ""

    prompt = traitlets.Unicode().tag(sync=True)
    target = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    granularity = traitlets.Enum(GRANULARITIES, "sentences")
    method = traitlets.Unicode()
    aggregation = traitlets.Enum(AGGREGATIONS, "sum")
    choices = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Unicode()).tag(
        sync=True
    )
    answer = WorkedOut("", read_only=True)
    selection = WorkedOut(())
    tokens = WorkedOut((), read_only=True)
    scores = WorkedOut({}, read_only=True)

    _key = traitlets.Unicode().tag(sync=True)
    _methods = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _demonstration = traitlets.Bool(False).tag(sync=True)
    _height = traitlets.Int(None, allow_none=True).tag(sync=True)
    _place = traitlets.Unicode().tag(sync=True)
    _saved = traitlets.Any(None).tag(sync=True)
    _several = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        texts: ViewTexts,
        prompt: str,
        target: str | None = None,
        *,
        select: Any = None,
        height: int | None = None,
        choices: Mapping[str, str] | None = None,
    ) -> None:
        """Begins to work; the cell shows what has come so far.

        Args:
            texts: the model.
            prompt: what it reads.
            target: what follows; None for the model's own answer.
            select: as `selection` may be set.
            height: in pixels; None for what the text needs, within bounds.
            choices: of the display, as the attribute `choices` has them.

        Raises:
            ValueError: the prompt is empty, or the front end has not been built.
            traitlets.TraitError: a choice is none of those there are.
        """
        self._esm = built("seqsal-widget.js").read_text(encoding="utf-8")
        self._texts = texts
        self._failure: Exception | None = None
        self._settled: Settled | None = None
        self._unsaved = self._reading = False
        key = uuid.uuid4().hex
        self._output = SavedOutput(key)
        super().__init__(
            prompt=prompt,
            target=target,
            _key=key,
            _methods=list(texts.methods),
            _demonstration=texts.demonstration,
            _height=height,
            choices=dict(choices or {}),
        )
        self._read_choices()
        self._write_choices()
        self._worker = Worker(self._save)
        self.observe(self._on_text, ["prompt", "target"])
        self.observe(self._on_place, "_place")
        self.observe(self._on_selection, "selection")
        self.observe(self._write_choices, ["method", *_FIRST])
        self.observe(self._read_choices, "choices")
        self.on_msg(self._on_message)
        self._begin(() if select is None else select)

    def wait(self) -> None:
        """Returns once nothing is under way, and what is known can be saved with the notebook.

        Raises:
            ValueError: what was asked for can not be worked out.
        """
        worker = self.__dict__.get("_worker")
        if worker is None or worker.works_here():
            return
        worker.wait()
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        self._save()

    @property
    def result(self) -> Result:
        """What is shown, with all selections whose scores are known, once that is worked out."""
        self.wait()
        assert self._settled is not None
        return with_all(self._settled.result, self._texts, self.choices)

    def take_choices(self, choices: Mapping[str, str]) -> None:
        """Shows what another view shows, but keeps to methods that are known here."""
        known = {k: v for k, v in choices.items() if k != "method" or v in self._methods}
        self.choices = known

    def close(self) -> None:
        """Takes the view off the page, and drops what is under way and the kept forward pass."""
        self._worker.close()
        if self.comm is not None and self._settled is not None:
            # In the thread of the jobs: it may wait for the work of others.
            self._worker.put("forget", functools.partial(self._forget, self._settled.result))
        super().close()

    def _forget(self, result: Result) -> None:
        with contextlib.suppress(ValueError):  # What does not fit has no forward pass.
            self._texts.forget(result.prompt, result.target)

    def _ipython_display_(self) -> None:
        """Shows the view, and below it what a saved notebook shows in its place."""
        from IPython.display import display

        shown = self._repr_mimebundle_()
        assert shown is not None
        data, metadata = shown
        display(data, metadata=metadata, raw=True)
        self.show_saved_output()

    def show_saved_output(self) -> None:
        """Puts into the cell what a saved notebook shows in the place of the view."""
        self._output.show()
        finish_with_each_cell(self)

    @traitlets.validate("prompt")
    def _check_prompt(self, proposal: Any) -> str:
        prompt: str = proposal["value"]
        if not prompt:
            raise ValueError("The prompt is empty. Expected the text that the model reads.")
        return prompt

    @traitlets.validate("method")
    def _check_method(self, proposal: Any) -> str:
        method: str = proposal["value"]
        if method not in self._methods:
            raise ValueError(f"method must be one of {', '.join(self._methods)}; got {method!r}.")
        return method

    @traitlets.validate("selection")
    def _check_selection(self, proposal: Any) -> Ranges:
        return ranges_of(proposal["value"], self.prompt, self.answer)

    def _on_text(self, _: Any) -> None:
        self._begin(())

    def _on_place(self, change: Any) -> None:
        """The user has clicked on the page."""
        if self._settled is None or change.new != str(self._settled.place):
            self._begin(None)

    def _on_selection(self, change: Any) -> None:
        if self._settled is None or change.new != self._settled.characters:
            self._begin(change.new)

    def _write_choices(self, _: Any = None) -> None:
        if self._reading:
            return
        own = {name: getattr(self, name) for name in ("method", *_FIRST)}
        kept = {name: value for name, value in self.choices.items() if name not in own}
        changed = {name: value for name, value in own.items() if value != _FIRST.get(name)}
        self.choices = kept | changed

    def _read_choices(self, _: Any = None) -> None:
        self._save_later()
        self._reading = True
        try:
            for name, first in (_FIRST | {"method": self._methods[0]}).items():
                setattr(self, name, self.choices.get(name, first))
        finally:
            self._reading = False

    def _begin(self, wish: Any) -> None:
        """Has answer, tokens and scores worked out anew.

        Args:
            wish: what shall be selected; None for what the page has selected.
        """
        self._worker.put("settle", functools.partial(self._settle, wish, follow=wish is None))

    def _settle(self, wish: Any, *, follow: bool) -> None:
        self._failure = None
        try:
            settled = settle(
                self._texts, self.prompt, self.target, self._place, wish, follow=follow
            )
            current().check()
            self._publish(settled, move=not follow)
        except CancelledError:
            raise
        except Exception as error:
            self._failure = error
            if not isinstance(error, ValueError):
                _log.exception("A view could not be worked out.")

    def _publish(self, settled: Settled, *, move: bool) -> None:
        with self.hold_sync():
            self._settled = settled
            if move:
                self._place = str(settled.place)
            self._several = settled.several
            self.set_trait("answer", settled.result.target)
            self.set_trait("tokens", settled.result.tokens)
            self.set_trait("scores", dict(settled.result.scores))
            self.selection = settled.characters
        self._unsaved = True

    def _save_later(self) -> None:
        """Has the display of the moment saved in the next rest."""
        if self._settled is not None:
            self._unsaved = True
            self._worker.put("save", _nothing)

    def _save(self) -> None:
        """Puts what is known into the state, and the output, that are saved with the notebook."""
        if self._unsaved and self._settled is not None:
            self._unsaved = False
            result = with_all(self._settled.result, self._texts, self.choices)
            self._saved = result.to_fields()
            self._output.update(result)

    def _on_message(self, _: Any, message: Mapping[str, Any], __: Any) -> None:
        """Hears the page."""
        hear(message, self._texts, self._worker, self.send)


def _nothing() -> None:
    """Is work after which there is a rest."""
