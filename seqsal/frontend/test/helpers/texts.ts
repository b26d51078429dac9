import type { Segmentation, Unit } from '../../src/core/text/boundaries.js';
import { compilePattern, patternStarts } from '../../src/core/text/pattern.js';
import type { PatternRole } from '../../src/core/text/pattern.js';
import { segmentTokens } from '../../src/core/text/segments.js';
import { alignTokens } from '../../src/core/text/tokens.js';
import type { TokenizedText } from '../../src/core/text/tokens.js';

/** By a unit, with nothing found by a pattern. */
export function by(unit: Unit): Segmentation {
  return { unit, starts: [] };
}

/** By the matches of a valid pattern in a text. */
export function byPattern(text: string, pattern: string, role: PatternRole): Segmentation {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) throw new Error(compiled.reason);
  return { unit: 'custom', starts: patternStarts(text, compiled.regex, role) };
}

/** Tokens whose join is the text; `<…>` and `[…]` in capitals or with a slash are special. */
export function tokenized(tokens: readonly string[], prompt?: string): TokenizedText {
  const special = tokens.map((token) => /^(?:<\/?s>|\[[A-Z]+\])$/.test(token));
  const text = tokens.filter((_, i) => !special[i]).join('');
  const before = prompt ?? text;
  return alignTokens(tokens, special, before, text.slice(before.length));
}

/** One token per character, so that only the text decides where segments end. */
export function characters(text: string): TokenizedText {
  return tokenized(Array.from(text));
}

export function cut(text: string | TokenizedText, unit: Unit): string[] {
  return pieces(text, by(unit));
}

/** What a pattern makes of a text. */
export function cutBy(text: string, pattern: string, role: PatternRole): string[] {
  return pieces(text, byPattern(text, pattern, role));
}

function pieces(text: string | TokenizedText, how: Segmentation): string[] {
  const given = typeof text === 'string' ? characters(text) : text;
  return segmentTokens(given, how).map((segment) => segment.text);
}
