"""The tables of the store, the same in SQLite and PostgreSQL.

Results and answers have a column `used`: a counter that increases with each use. It is not a time,
because a clock can be set back.
"""

from typing import Any, Final

import sqlalchemy as sa

VERSION_1: Final = 1
"""The schema version before any migration."""


class ExactText(sa.types.TypeDecorator[str]):
    """Text, stored exactly. PostgreSQL's TEXT has no NUL; neither database has lone surrogates."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        """Returns the bytes to store."""
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        """Returns the stored text."""
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


metadata = sa.MetaData()

schema_version = sa.Table(
    "schema_version", metadata, sa.Column("version", sa.Integer, nullable=False)
)

prompts = sa.Table(
    "prompts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("dataset", ExactText, nullable=False, index=True),
    sa.Column("source", ExactText, nullable=False),
    sa.Column("prompt", ExactText, nullable=False),
    sa.Column("target", ExactText, nullable=False),
    sa.Column("created", sa.String, nullable=False),
    sqlite_autoincrement=True,
)
"""Prompts that users added or edited; `key` is a hash of dataset, prompt and target."""

tries = sa.Table(
    "tries",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("dataset", ExactText, nullable=False, index=True),
    sa.Column("parent", sa.LargeBinary),
    sa.Column("starred", sa.Boolean, nullable=False, default=False),
    sa.Column("hidden", sa.Boolean, nullable=False, default=False),
)
"""What is noted about a prompt as a try: the prompt that it was made from, and whether it is
starred or hidden. The keys are those of `prompts`; the first prompt of a trail may be missing
there, since it comes from a file."""

answer_checks = sa.Table(
    "answer_checks",
    metadata,
    sa.Column("root", sa.LargeBinary, primary_key=True),
    sa.Column("dataset", ExactText, nullable=False, index=True),
    sa.Column("checks", ExactText, nullable=False),
)
"""The checks of the answers of a trail, as JSON, by the key of its first prompt."""

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("model", ExactText, nullable=False),
    sa.Column("prompt", ExactText, nullable=False),
    sa.Column("answer", ExactText, nullable=False),
    sa.Column("token_ids", sa.LargeBinary, nullable=False),
    sa.Column("pieces", sa.LargeBinary, nullable=False),
    sa.Column("special", sa.LargeBinary, nullable=False),
    sa.Column("logprob", sa.Double),
    sa.Column("created", sa.String, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False, index=True),
    sa.UniqueConstraint("key", "number"),
    sqlite_autoincrement=True,
)
"""Answers by model, options and prompt; `number` is the index among the samples of a prompt."""

results = sa.Table(
    "results",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("scores", sa.LargeBinary, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False, index=True),
)
"""Salience by model, sequence, objective and method, and log-probabilities by model, sequence and
positions: both are arrays of numbers, so one table stores them."""
