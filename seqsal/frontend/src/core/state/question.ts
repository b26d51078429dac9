import type { Versus } from '../scores/contrast.js';
import type { Segmentation } from '../text/boundaries.js';
import { WAYS, findAgain } from '../text/carry.js';
import type { Found, Way } from '../text/carry.js';
import { segmentTokens, selectableSpan } from '../text/segments.js';
import { union } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import { overlaps } from '../text/tokens.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';
import type { Source } from './view-state.js';

/** What the user asked about a text: which part of it depends on what. It can be asked again about a changed text. */
export interface Question {
  readonly source: Source;
  readonly text: string;
  readonly promptLength: number;
  /** The selected characters. */
  readonly parts: readonly Span[];
  readonly versus: Versus | null;
}

/** A question's selection in another text, and how it was found. */
export interface Carried {
  readonly selection: TokenSet;
  readonly versus: Versus | null;
  readonly way: Way;
}

export function questionOf(
  { text, promptLength, offsets }: TokenizedText,
  source: Source,
  selection: TokenSet,
  versus: Versus | null,
): Question {
  const parts = selection.map(({ start, end }) => ({
    start: offsets[start]?.start ?? 0,
    end: offsets[end - 1]?.end ?? 0,
  }));
  return { source, text, promptLength, parts, versus };
}

/**
 * The selection of a question in another text; null if none of its parts is there. A contrast is kept only where all parts are found
 * as they were.
 */
export function carry(question: Question, tokenized: TokenizedText, segmentation: Segmentation): Carried | null {
  const found = question.parts.map((part) => findAgain(part, question, tokenized)).filter((each) => each !== null);
  let selection: TokenSet | null = null;
  for (const span of found.flatMap((each) => tokensOf(each, tokenized, segmentation))) {
    selection = union(selection ?? [], span);
  }
  if (selection === null) return null;
  const way = WAYS[Math.max(...found.map((each) => WAYS.indexOf(each.way)))] ?? 'closest';
  return { selection, versus: way === 'same' || way === 'text' ? question.versus : null, way };
}

/** The tokens of what was found, with all tokens of the segments that it fills; or those of its segment. */
function tokensOf({ span, way }: Found, tokenized: TokenizedText, segmentation: Segmentation): Span[] {
  const own = tokenized.offsets.flatMap((token, i) =>
    i > 0 && tokenized.special[i] === false && overlaps(token, span) ? [{ start: i, end: i + 1 }] : [],
  );
  const segments = segmentTokens(tokenized, segmentation).filter(({ chars, text }) => {
    const lead = text.length - text.trimStart().length;
    const core = { start: chars.start + lead, end: chars.start + text.trimEnd().length };
    if (core.start >= core.end) return false;
    return way === 'closest' ? overlaps(chars, span) : span.start <= core.start && core.end <= span.end;
  });
  const whole = segments.map(selectableSpan).filter((each) => each !== null);
  return way === 'closest' && whole.length > 0 ? whole : [...own, ...whole];
}
