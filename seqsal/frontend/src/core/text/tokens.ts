import { plainText } from './messages.js';
import type { MessageSpan } from './message.js';
import type { Span } from './span.js';

/** Tokens aligned with their text. */
export interface TokenizedText {
  /** prompt + target, as the editor shows it. Of a prompt in message form, the contents of its messages and the target. */
  readonly text: string;
  /** Where the target starts in `text`, in characters. */
  readonly promptLength: number;
  /** The tokenizer's name of each token, shown for special tokens only. */
  readonly tokens: readonly string[];
  /** True for special and template tokens, which have no characters of the text. */
  readonly special: readonly boolean[];
  /** One character span for each token, in order and without gaps. Those of special tokens are empty. */
  readonly offsets: readonly Span[];
  /** The id of each token in the vocabulary; empty if the model does not say. */
  readonly ids: readonly number[];
  /** Whether tokens had to be searched for in the text because they are not exact slices of it. */
  readonly matched: boolean;
  /** The messages of the prompt and the documents in them, in order; empty for a plain prompt. */
  readonly messages: readonly MessageSpan[];
  /** The blocks of thinking in the target, in order. */
  readonly thinking: readonly Span[];
  /** The characters of the messages' joined contents that the chat template leaves out; they are not in `text`. */
  readonly omitted: readonly Span[];
}

/** What is known of tokens besides the text. */
export interface Blocks {
  readonly thinking?: readonly Span[] | undefined;
  readonly omitted?: readonly Span[] | undefined;
}

/** How many characters after the last match a token is searched for, if the slices are not exact. */
const SEARCH_WINDOW = 64;

/**
 * Aligns tokens with `prompt + target`.
 *
 * Exact slices need no search. For wrappers that send their vocabulary's spelling (`▁the`, `Ġthe`, `Ċ`), each token is searched
 * for a short way ahead; a token that is not found has an empty span. If there are messages, tokens are exact slices.
 */
export function alignTokens(
  tokens: readonly string[],
  special: readonly boolean[],
  prompt: string,
  target: string,
  ids: readonly number[] = [],
  messages: readonly MessageSpan[] = [],
  { thinking = [], omitted = [] }: Blocks = {},
): TokenizedText {
  const given = tokens.map((_, i) => special[i] ?? false);
  const joined = tokens.filter((_, i) => given[i] === false).join('');
  const before =
    messages.length > 0 ? joined.slice(0, joined.length - target.length) : readPrompt(prompt, target, joined);
  const text = before + target;
  const exact = exactOffsets(tokens, given, text);
  const offsets = exact ?? searchedOffsets(tokens, given, text, before.length);
  const isSpecial = exact ? given : given.map((known, i) => known || isControl(tokens[i] ?? '', offsets[i]));
  const [matched, promptLength] = [exact === null, before.length];
  return { text, promptLength, tokens, special: isSpecial, offsets, ids, matched, messages, thinking, omitted };
}

/** The text that the tokens have of a plain prompt. Our own server reads it without a backslash before a role line. */
function readPrompt(prompt: string, target: string, joined: string): string {
  const plain = plainText(prompt);
  return plain + target === joined ? plain : prompt;
}

/** Whether a token looks like `<bos>` or `[INST]` and is not in the text. Used only if the tokenizer marks no special tokens. */
function isControl(token: string, span: Span | undefined): boolean {
  return span?.start === span?.end && /^(?:<(?!0x)[^<>\s]+>|\[[A-Z]+\])$/.test(token);
}

function exactOffsets(tokens: readonly string[], special: readonly boolean[], text: string): Span[] | null {
  const offsets: Span[] = [];
  let at = 0;
  for (const [i, token] of tokens.entries()) {
    const length = special[i] ? 0 : token.length;
    if (length > 0 && !text.startsWith(token, at)) return null;
    offsets.push({ start: at, end: at + length });
    at += length;
  }
  return at === text.length ? offsets : null;
}

function searchedOffsets(
  tokens: readonly string[],
  special: readonly boolean[],
  text: string,
  promptLength: number,
): Span[] {
  const find = finder(text);
  let offsets: Span[] = [];
  let at = 0;
  for (const [i, token] of tokens.entries()) {
    const found = special[i] ? null : find(spelledOut(token), at);
    if (found !== null && at < promptLength && found.start >= promptLength && hasText(offsets)) {
      // The text between belongs to the prompt: a token of the target starts in the target.
      offsets = absorbTail(offsets, promptLength);
      at = promptLength;
    }
    const end = found?.end ?? at;
    offsets.push({ start: at, end });
    at = end;
  }
  return absorbTail(offsets, text.length);
}

/** Finds a token at its place or shortly after, ignoring case: some vocabularies have no capitals. */
function finder(text: string): (token: string, from: number) => Span | null {
  const lower = text.toLowerCase();
  const folds = lower.length === text.length;
  const whole = folds ? lower : text;
  return (token, from) => {
    if (token !== '' && text.startsWith(token, from)) return { start: from, end: from + token.length };
    const plain = folds ? token.trim().toLowerCase() : token.trim();
    if (plain === '') return null;
    const found = whole.slice(from, from + SEARCH_WINDOW + plain.length).indexOf(plain);
    return found < 0 ? null : { start: from + found, end: from + found + plain.length };
  };
}

/** Undoes the spelling of SentencePiece and byte-level vocabularies, as far as possible for a single token. */
function spelledOut(token: string): string {
  return token
    .replaceAll(/[▁Ġ]/g, ' ')
    .replaceAll('Ċ', '\n')
    .replaceAll(/<0x([0-7][0-9A-F])>/g, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)));
}

function hasText(offsets: readonly Span[]): boolean {
  return offsets.some(({ start, end }) => end > start);
}

/** Assigns text after the last token that was found to that token, so that no text is lost. */
function absorbTail(offsets: Span[], length: number): Span[] {
  const last = offsets.findLastIndex((span) => span.end > span.start);
  if (last < 0) return offsets;
  return offsets.map((span, i) => {
    if (i < last) return span;
    return { start: i === last ? span.start : length, end: length };
  });
}

/** Whether token `i` shares the character of the token before it. Such tokens have an empty span. */
export function isContinuation(tokenized: TokenizedText, i: number): boolean {
  const span = tokenized.offsets[i];
  return span !== undefined && span.start === span.end && tokenized.special[i] === false;
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The smallest span that holds both. */
export function hull(a: Span, b: Span): Span {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

/** The characters of the message that a part of the prompt is in; of a plain prompt, all of it. */
export function messageAround({ messages, offsets, promptLength }: TokenizedText, { start }: Span): Span {
  for (const { tokens } of messages) {
    const [begin, end] = [offsets[tokens.start]?.start ?? 0, offsets[tokens.end - 1]?.end ?? 0];
    if (tokens.start < tokens.end && begin <= start && start < end) return { start: begin, end };
  }
  return { start: 0, end: promptLength };
}
