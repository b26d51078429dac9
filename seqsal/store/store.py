"""The store: it keeps what it can, and a fault of it never stops the server."""

import dataclasses
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal, TypeVar

import sqlalchemy as sa
from absl import logging

from seqsal.attribution.result_cache import ScoreKey
from seqsal.models.arrays import NumpyArray
from seqsal.models.causal_lm import Generation, GenerationOptions
from seqsal.models.progress import timings
from seqsal.store import answers, arrays, eviction, faults, keys, place, prompts, rows
from seqsal.store.database import Database

_REST: Final = 10.0
"""Seconds after a fault in which nothing but users' prompts is tried: no request waits for a
store that does not answer."""
_MOST_NOTES: Final = 256
_MOST_UNWRITTEN: Final = 10_000
_SLACK: Final = 16
"""Room is made whenever this part of the limit was written, down to the limit less this part."""

_FAULTS: Final = (sa.exc.SQLAlchemyError, OSError, faults.StoreError, zlib.error, ValueError)
"""What a database raises, and what is raised where a value of it can not be read."""

Kind = Literal["read", "write"]
T = TypeVar("T")


class Store:
    """Prompts, answers and salience in a database, shared by threads and processes."""

    def __init__(self, url: sa.URL, *, megabytes: float | int) -> None:
        """Opens the database; if that fails, it is tried again later.

        Args:
            url: as `place.url` returns it.
            megabytes: most of answers and results together; users' prompts do not count.
        """
        self._url, self._most_bytes = url, int(megabytes * 1e6)
        self._database: Database | None = None
        self._lock, self._opening = threading.RLock(), threading.Lock()
        self._faults: dict[Kind, faults.StoreError] = {}
        self._rests_until: dict[Kind, float] = {"read": 0.0, "write": 0.0}
        self._unwritten: list[tuple[str, prompts.Prompt]] = []
        self._used: set[bytes] = set()
        self._written = self._most_bytes  # So that the first write looks how much there is.
        self._attempt("write", lambda _: None, None)

    @property
    def fault(self) -> str:
        """What is wrong now, in a few words; empty where all is well."""
        # Without the lock: an event loop may ask.
        return next((fault.reason for fault in dict(self._faults).values()), "")

    def of_model(self, fingerprint: str, name: str, generation: GenerationOptions) -> "ModelStore":
        """Returns the part of the store that one model uses.

        Args:
            fingerprint: what tells its weights, and how it is run, from all others.
            name: what people call it.
            generation: how it writes answers.
        """
        return ModelStore(self, fingerprint, name, generation)

    def add_prompts(self, dataset: str, added: Iterable[prompts.Prompt]) -> bool:
        """Keeps users' prompts; returns whether they are written.

        Where they can not be, they are held in memory, and written once that can be done.
        """
        with self._lock:
            self._unwritten.extend((dataset, each) for each in added)
            del self._unwritten[:-_MOST_UNWRITTEN]

        def work(database: Database) -> bool:
            self._write_prompts(database)
            return True

        return self._attempt("write", work, False, even_while_resting=True)

    def added_prompts(self, dataset: str) -> list[prompts.Prompt]:
        """Returns the users' prompts of a dataset, the oldest first."""
        nothing: list[prompts.Prompt] = []
        kept = self.read(lambda connection: prompts.of_dataset(connection, dataset), nothing)
        with self._lock:
            held = [each for name, each in self._unwritten if name == dataset]
        return [*kept, *(each for each in held if each not in kept)]

    def read(self, query: Callable[[sa.Connection], T], otherwise: T) -> T:
        """Returns what a query finds, or something else where the store can not be read."""

        def work(database: Database) -> T:
            with database.reading() as connection:
                return query(connection)

        return self._attempt("read", work, otherwise)

    def write(self, add: Callable[[sa.Connection], int]) -> None:
        """Has something written in a transaction; `add` returns how many bytes it is."""

        def work(database: Database) -> None:
            self._write_prompts(database)
            with self._lock:
                used, self._used = self._used, set()
                due = self._written >= self._most_bytes // _SLACK
                self._written = 0 if due else self._written
            with database.writing() as connection:
                rows.note_use(connection, used)
                size = add(connection)
                if due:
                    eviction.make_room(connection, self._most_bytes * (_SLACK - 1) // _SLACK)
            with self._lock:
                self._written += size

        self._attempt("write", work, None)

    def note_use(self, used: Iterable[bytes]) -> None:
        """Has answers and results last longer; written with the next write, or many at a time."""
        with self._lock:
            self._used.update(used)
            many = len(self._used) >= _MOST_NOTES
        if many:
            self.write(lambda _: 0)

    def close(self) -> None:
        """Writes what is still to be written, and closes the database."""
        with self._lock:
            self._rests_until["write"] = 0.0  # The last time that it can be tried.
        if self._used or self._unwritten:
            self.write(lambda _: 0)
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _write_prompts(self, database: Database) -> None:
        """Writes the users' prompts that are not written yet."""
        with self._lock:
            waiting = list(self._unwritten)
        if not waiting:
            return
        with database.writing() as connection:
            for dataset, each in waiting:
                prompts.add(connection, dataset, [each])
        with self._lock:
            self._unwritten = [each for each in self._unwritten if each not in waiting]

    def _attempt(
        self,
        kind: Kind,
        work: Callable[[Database], T],
        otherwise: T,
        *,
        even_while_resting: bool = False,
    ) -> T:
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until[kind] and not even_while_resting:
                return otherwise
            if kind in self._faults:
                self._rests_until[kind] = now + _REST  # One tries again; others do not wait for it.
        try:
            with timings.spending("store"):
                result = work(self._opened())
        except _FAULTS as error:
            self._note_fault(kind, error)
            return otherwise
        if self._faults:
            self._note_success(kind)
        return result

    def _opened(self) -> Database:
        with self._opening:
            if self._database is None:
                self._database = Database(self._url)
            return self._database

    def _note_fault(self, kind: Kind, error: Exception) -> None:
        fault = faults.explain(error)
        with self._lock:
            news = kind not in self._faults or self._faults[kind].reason != fault.reason
            self._faults[kind] = fault
            self._rests_until[kind] = time.monotonic() + _REST
            if faults.is_damage(error) and self._database is not None:
                self._database.close()  # Opened again, it is set aside.
                self._database = None
        if news:
            logging.error(
                "Nothing new is kept in %s: %s (%s). All else works on.",
                place.name(self._url),
                fault.reason,
                fault.details,
            )

    def _note_success(self, kind: Kind) -> None:
        with self._lock:
            self._rests_until[kind] = 0.0
            if self._faults.pop(kind, None) and not self._faults:
                logging.error("The store %s works again.", place.name(self._url))


class ModelStore:
    """What is kept of one model."""

    def __init__(
        self, store: Store, fingerprint: str, name: str, generation: GenerationOptions
    ) -> None:
        """Begins with what the store has of the model; see `Store.of_model`."""
        self._store, self._fingerprint, self._name = store, fingerprint, name
        self._generation = repr(sorted(dataclasses.asdict(generation).items()))

    def answers(self, prompts: Iterable[str]) -> dict[str, list[Generation]]:
        """Returns the answers that are kept, by prompt."""
        by_key = {self._answers_key(prompt): prompt for prompt in prompts}
        nothing: dict[bytes, list[Generation]] = {}
        found = self._store.read(lambda connection: answers.find(connection, list(by_key)), nothing)
        self._store.note_use(found)
        return {by_key[key]: each for key, each in found.items()}

    def add_answers(self, added: Mapping[str, Sequence[Generation]]) -> None:
        """Keeps answers, by prompt."""
        keyed = {self._answers_key(prompt): (prompt, each) for prompt, each in added.items()}
        self._store.write(lambda connection: answers.add(connection, self._name, keyed))

    def scores(
        self, ids: Sequence[int], score_keys: Iterable[ScoreKey]
    ) -> dict[ScoreKey, NumpyArray]:
        """Returns the stored scores of objectives on a sequence, by method.

        Scores that a store of seqsal before 0.2 holds are found, too.

        Args:
            ids: the token ids of the sequence.
            score_keys: objectives, each with a method.
        """
        by_key: dict[bytes, ScoreKey] = {}
        packed: dict[bytes, list[tuple[ScoreKey, int]]] = {}
        for score_key in score_keys:
            objective, method = score_key
            by_key[keys.of_scores(self._fingerprint, ids, objective, method)] = score_key
            old_key = keys.of_packed_scores(self._fingerprint, ids, objective)
            if old_key and method.version == 1 and method.name in keys.PACKED_METHODS:
                row = keys.PACKED_METHODS.index(method.name)
                packed.setdefault(old_key, []).append((score_key, row))
        nothing: dict[bytes, NumpyArray] = {}
        wanted = [*by_key, *packed]
        found = self._store.read(lambda connection: arrays.find(connection, wanted), nothing)
        self._store.note_use(found)
        scores: dict[ScoreKey, NumpyArray] = {}
        for key in found.keys() & packed.keys():
            together = found[key].reshape(len(keys.PACKED_METHODS), -1)
            scores |= {score_key: together[row] for score_key, row in packed[key]}
        return scores | {by_key[key]: found[key] for key in found.keys() & by_key.keys()}

    def add_scores(self, ids: Sequence[int], added: Mapping[ScoreKey, NumpyArray]) -> None:
        """Stores scores of objectives on a sequence."""
        keyed = {
            keys.of_scores(self._fingerprint, ids, objective, method): scores
            for (objective, method), scores in added.items()
        }
        self._store.write(lambda connection: arrays.add(connection, keyed))

    def logprobs(self, ids: Sequence[int], positions: Sequence[int]) -> NumpyArray | None:
        """Returns the log-probabilities that are kept of tokens of a sequence, or None."""
        key = keys.of_logprobs(self._fingerprint, ids, positions)
        nothing: dict[bytes, NumpyArray] = {}
        found = self._store.read(lambda connection: arrays.find(connection, [key]), nothing)
        self._store.note_use(found)
        return found.get(key)

    def add_logprobs(self, ids: Sequence[int], positions: Sequence[int], added: NumpyArray) -> None:
        """Keeps the log-probabilities of tokens of a sequence."""
        key = keys.of_logprobs(self._fingerprint, ids, positions)
        self._store.write(lambda connection: arrays.add(connection, {key: added}))

    def _answers_key(self, prompt: str) -> bytes:
        return keys.of_answers(self._fingerprint, self._generation, prompt)


def open_store(data_dir: str, megabytes: float | int) -> Store | None:
    """Returns the store that `--data_dir` names, or None for off.

    Raises:
        ValueError: it names something that can be no store.
    """
    url = place.url(data_dir)
    return None if url is None else Store(url, megabytes=megabytes)
