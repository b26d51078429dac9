"""Tiny Transformers checkpoints with tokenizers of real kinds, and what Transformers says."""

import json
import pathlib
from typing import Any

import numpy as np
import tokenizers
import transformers
from tokenizers import decoders, models, pre_tokenizers, trainers

from seqsal.models import transformers as huggingface
from seqsal.models.causal_lm import GenerationOptions
from tests import tiny
from tests.objectives import METHODS, objectives, terms

ARCHITECTURES = ("gpt2", "llama", "mistral", "gemma")
TEXT = "Taste-likes: Cheese\nSuggestion: 🙂 Quiche"
SELECTED = (-5, -2)
REAL_PROMPT = (
    "Paris is the capital of France. Oslo is the capital of Norway. The capital of Norway is"
)
REAL_TARGET = " Oslo."
NEW_TOKENS = 7
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content | trim }}"
    "{% for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}<end_of_turn>\n"
    "{% endfor %}{% if add_generation_prompt %}<start_of_turn>assistant\n{% endif %}"
)
CHATS = [
    "user:\nThe fox",
    "system:\nBe brief. 🙂\n\ndocument:\nAn egg.\n\nuser:\n two  spaces\n",
    "user:\n<start_of_turn> eggs </s> <bos>\n\nassistant:\nquiche",
    'user:\nx\n\ncalls:\n[{"name": "at", "arguments": {"a": 1}}]\n\ntool:\nno',
]

_LLAMA_3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def save_all(folder: pathlib.Path) -> None:
    """Writes a checkpoint of each architecture, and what the Transformers adapter says of it."""
    for name in ARCHITECTURES:
        home = folder / name
        model = tiny.model(name)
        model.generation_config.eos_token_id = save_tokenizer(home, name)
        model.save_pretrained(home)
        if name != "gpt2":
            (home / "chat_template.jinja").write_text(CHAT_TEMPLATE)
        (home / "expected.json").write_text(json.dumps(_expected(home)))


def save_real(folder: pathlib.Path, name: str, home: pathlib.Path) -> None:
    """Writes what the Transformers adapter says of a checkpoint with real weights."""
    lm = huggingface.load(str(home), precision="float32", device="cpu")
    encoding = lm.encode(REAL_PROMPT, REAL_TARGET)
    selected = list(range(len(lm.encode(REAL_PROMPT)), len(encoding)))
    weights = np.zeros((1, len(encoding)), np.float32)
    weights[0, selected] = 1
    trace = lm.trace(encoding.ids)
    gradients = trace.gradients(objectives(encoding.ids, weights))
    expected = {
        "folder": str(home),
        "prompt": REAL_PROMPT,
        "target": REAL_TARGET,
        "ids": encoding.ids,
        "chats": _chats(lm),
        "selected": selected,
        "logprobs": trace.logprobs(terms(encoding.ids, selected)).tolist(),
        "scores": {
            method: score(gradients, trace.embeddings)[0].tolist()
            for method, score in METHODS.items()
        },
    }
    (folder / f"real-{name}.json").write_text(json.dumps(expected))


def save_tokenizer(home: pathlib.Path, name: str) -> int:
    """Writes a tokenizer of the kind that an architecture has; returns the id of its end."""
    home.mkdir(parents=True)
    if name in ("gpt2", "llama"):
        return _save_byte_level(home, name)
    (home / "tokenizer.model").write_bytes(sentence_piece(name))
    if name == "gemma":  # keras-hub's own tokenizer reads it; there is no tokenizer.json.
        marks = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"}
        kind = {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True}
        (home / "tokenizer_config.json").write_text(json.dumps(marks | kind))
        return 1
    transformers.LlamaTokenizer.from_pretrained(home, add_bos_token=True).save_pretrained(home)
    return 2


def _save_byte_level(home: pathlib.Path, name: str) -> int:
    begin, end = ("<|endoftext|>",) * 2 if name == "gpt2" else ("<s>", "</s>")
    tokenizer = tokenizers.Tokenizer(models.BPE())
    split = pre_tokenizers.Split(tokenizers.Regex(_LLAMA_3_SPLIT), "isolated")
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=name == "gpt2")
    tokenizer.pre_tokenizer = plain if name == "gpt2" else pre_tokenizers.Sequence([split, plain])
    tokenizer.decoder = decoders.ByteLevel()
    special = list(dict.fromkeys([begin, end]))
    tokenizer.train_from_iterator(
        tiny.TRAINING_TEXT,
        trainers.BpeTrainer(
            vocab_size=tiny.VOCABULARY,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    if name == "llama":
        tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
        )
    tokenizer.model.save(str(home))  # vocab.json and merges.txt, which keras-hub reads.
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=begin, eos_token=end
    ).save_pretrained(home)
    return tokenizer.get_vocab()[end]


def sentence_piece(name: str, **options: Any) -> bytes:
    """Returns a SentencePiece model with byte fallback, as Mistral or Gemma has.

    Args:
        name: mistral or gemma.
        **options: other options of the trainer.
    """
    own: dict[str, Any] = {}
    if name == "gemma":
        own = {
            "pad_id": 0, "eos_id": 1, "bos_id": 2, "unk_id": 3,
            "bos_piece": "<bos>", "eos_piece": "<eos>", "add_dummy_prefix": False,
            "user_defined_symbols": ["<start_of_turn>", "<end_of_turn>"],
        }  # fmt: skip
    return tiny.sentence_piece(**{**own, **options})


def _expected(home: pathlib.Path) -> dict[str, Any]:
    lm = huggingface.load(str(home), precision="float32", device="cpu")
    texts = {name: lm.encode(text) for name, text in tiny.EXACT_TEXTS.items()}
    prompt = lm.encode(TEXT)
    ((answer,),) = lm.generate([prompt], GenerationOptions(max_new_tokens=NEW_TOKENS))
    ids = prompt.ids + answer.encoding.ids
    trace = lm.trace(ids)
    weights = np.zeros((1, len(ids)), np.float32)
    weights[0, list(SELECTED)] = 1
    gradients = trace.gradients(objectives(ids, weights))
    linearized = trace.gradients(objectives(ids, weights), linearized=True)
    return {
        "encodings": {name: [e.ids, e.pieces, e.special] for name, e in texts.items()},
        "chats": _chats(lm),
        "prompt": prompt.ids,
        "answer": [answer.encoding.ids, answer.text, answer.logprob],
        "logprobs": trace.logprobs(terms(ids, range(1, len(ids)))).tolist(),
        "scores": {
            method: score(gradients, trace.embeddings)[0].tolist()
            for method, score in METHODS.items()
        }
        | {"linearized": METHODS["grad_dot_input"](linearized, trace.embeddings)[0].tolist()},
        "context_length": lm.context_length,
    }


def _chats(lm: huggingface.HFCausalLM) -> list[Any]:
    """Returns the tokens of the prompts with messages that the template takes."""
    encodings: list[Any] = []
    for chat in CHATS if lm.has_chat_template else ():
        try:
            encoding = lm.encode(chat, " cheese")
        except ValueError:
            encodings.append(None)
            continue
        messages = [each.to_json() for each in encoding.messages]
        encodings.append([encoding.ids, encoding.pieces, encoding.special, messages])
    return encodings
