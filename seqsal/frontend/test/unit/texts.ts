import { layTokens } from '../../src/core/tokens.js';
import type { TokenizedText } from '../../src/core/tokens.js';
import { segmentTokens } from '../../src/core/segments.js';
import type { Granularity, Unit } from '../../src/core/boundaries.js';

export function granularity(unit: Unit, pattern = '\\n+', role: Granularity['role'] = 'ends'): Granularity {
  return { unit, pattern, role };
}

/** Tokens whose join is the text; `<…>` and `[…]` in capitals or with a slash are special. */
export function tokenized(tokens: readonly string[], prompt?: string): TokenizedText {
  const special = tokens.map((token) => /^(?:<\/?s>|\[[A-Z]+\])$/.test(token));
  const text = tokens.filter((_, i) => !special[i]).join('');
  const before = prompt ?? text;
  return layTokens(tokens, special, before, text.slice(before.length));
}

/** One token per character, so that only the text decides where segments end. */
export function characters(text: string): TokenizedText {
  return tokenized(Array.from(text));
}

export function cut(text: string | TokenizedText, unit: Unit | Granularity): string[] {
  const given = typeof text === 'string' ? characters(text) : text;
  const by = typeof unit === 'string' ? granularity(unit) : unit;
  return segmentTokens(given, by).map((segment) => segment.text);
}
