import type { TokenSet } from '../text/token-set.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';
import type { Logprobs } from './certainty.js';

/** A token of the model. */
export interface TokenDetail {
  /** Its text, with symbols for white space and for a token that is part of a character. */
  readonly text: string;
  /** Its id in the vocabulary, if known. */
  readonly id: number | null;
  /** The natural logarithm of its probability, if known. */
  readonly logprob: number | null;
}

/** The first tokens of a span, at most `most`. */
export function tokenDetails(
  tokenized: TokenizedText,
  span: Span,
  logprobs: Logprobs | null,
  most: number,
): TokenDetail[] {
  const end = Math.min(span.end, span.start + most);
  return Array.from({ length: end - span.start }, (_, i) => {
    const at = span.start + i;
    const text = visible(textOf(tokenized, at));
    return { text, id: tokenized.ids[at] ?? null, logprob: logprobs?.[at] ?? null };
  });
}

function textOf({ offsets, text, tokens, special }: TokenizedText, at: number): string {
  const span = offsets[at];
  return special[at] === true || !span ? (tokens[at] ?? '') : text.slice(span.start, span.end);
}

/** A token's text with symbols for white space and for a token that is part of a character. */
export function visible(text: string): string {
  if (text === '') return '⋯';
  return text
    .replaceAll(/\r\n|[\n\r]/g, '⏎')
    .replaceAll('\t', '⇥')
    .replaceAll(' ', '␣');
}

/** The text of a selection, with an ellipsis for each gap. */
export function textOfSet({ offsets, text }: TokenizedText, set: TokenSet): string {
  const pieces = set.map(({ start, end }) => {
    const from = offsets[start]?.start ?? 0;
    return text.slice(from, offsets[end - 1]?.end ?? from);
  });
  return pieces.join(' … ');
}

/** "token 12" or "tokens 12–15, 20": the tokens of a selection, counted from 0. */
export function rangeText(set: TokenSet): string {
  const ranges = set.map(({ start, end }) =>
    end - start === 1 ? String(start) : `${String(start)}–${String(end - 1)}`,
  );
  const single = set.length === 1 && set[0] !== undefined && set[0].end - set[0].start === 1;
  return `${single ? 'token' : 'tokens'} ${ranges.join(', ')}`;
}
