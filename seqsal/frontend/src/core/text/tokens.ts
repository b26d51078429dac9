/** A half-open range [start, end), of tokens or of characters. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Tokens laid over the text that they were made of. */
export interface TokenizedText {
  /** prompt + target, as the editor shows it. */
  readonly text: string;
  /** Where the target starts in `text`, in characters. */
  readonly promptLength: number;
  /** What the tokenizer calls each token; shown for special tokens only. */
  readonly tokens: readonly string[];
  /** Special and template tokens stand for no character of the text. */
  readonly special: readonly boolean[];
  /** One character span per token, in order and without gaps. Special ones are empty. */
  readonly offsets: readonly Span[];
  /** The number of each token in the vocabulary; empty where the model does not say. */
  readonly ids: readonly number[];
  /** Whether tokens had to be looked for in the text, since they are no exact slices of it. */
  readonly matched: boolean;
}

/** How far ahead of the last match a token is looked for when the slices are not exact. */
const SEARCH_WINDOW = 64;

/**
 * Lays tokens over `prompt + target`.
 *
 * Exact slices need no search. Wrappers that send their vocabulary's own spelling (`▁the`, `Ġthe`, `Ċ`) are aligned
 * by looking for each token a little way ahead; what is found nowhere becomes an empty span.
 */
export function layTokens(
  tokens: readonly string[],
  special: readonly boolean[],
  prompt: string,
  target: string,
  ids: readonly number[] = [],
): TokenizedText {
  const text = prompt + target;
  const given = tokens.map((_, i) => special[i] ?? false);
  const exact = exactOffsets(tokens, given, text);
  const offsets = exact ?? searchedOffsets(tokens, given, text, prompt.length);
  const isSpecial = exact ? given : given.map((known, i) => known || isControl(tokens[i] ?? '', offsets[i]));
  return { text, promptLength: prompt.length, tokens, special: isSpecial, offsets, ids, matched: exact === null };
}

/** `<bos>`, `[INST]` and their like, where the text has no such thing. A tokenizer that tells need not be guessed. */
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
      // What lies between is the prompt's: a token of the target begins with the target.
      offsets = absorbTail(offsets, promptLength);
      at = promptLength;
    }
    const end = found?.end ?? at;
    offsets.push({ start: at, end });
    at = end;
  }
  return absorbTail(offsets, text.length);
}

/** Finds a token where it should stand, or the nearest ahead in any case: some vocabularies have no capitals. */
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

/** Undoes the spelling of SentencePiece and of byte-level vocabularies, as far as one token tells. */
function spelledOut(token: string): string {
  return token
    .replaceAll(/[▁Ġ]/g, ' ')
    .replaceAll('Ċ', '\n')
    .replaceAll(/<0x([0-7][0-9A-F])>/g, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)));
}

function hasText(offsets: readonly Span[]): boolean {
  return offsets.some(({ start, end }) => end > start);
}

/** Text after the last token that was found belongs to that token, so that nothing disappears. */
function absorbTail(offsets: Span[], length: number): Span[] {
  const last = offsets.findLastIndex((span) => span.end > span.start);
  if (last < 0) return offsets;
  return offsets.map((span, i) => {
    if (i < last) return span;
    return { start: i === last ? span.start : length, end: length };
  });
}

/** The token that holds most of what a reader would call token `i`: empty tokens share the character of the one before. */
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
