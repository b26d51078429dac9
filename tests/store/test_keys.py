from seqsal.store import keys


def test_answers_to_messages_are_not_those_to_the_same_prompt_as_plain_text() -> None:
    plain = keys._hash(b"model", b"greedy", b"user:\nHi")
    assert keys.of_answers("model", "greedy", "user:\nHi") != plain
    # Keys of other prompts stay as they are in stores of earlier versions.
    assert keys.of_answers("model", "greedy", "Hi") == keys._hash(b"model", b"greedy", b"Hi")
