import type { PatternRole } from './pattern.js';
import { wordStarts } from './words.js';

export const UNITS = ['tokens', 'words', 'sentences', 'lines', 'paragraphs', 'custom'] as const;
export type Unit = (typeof UNITS)[number];

/** How the user wants text to be cut. The pattern counts only where the unit is `custom`. */
export interface Granularity {
  readonly unit: Unit;
  readonly pattern: string;
  readonly role: PatternRole;
}

/** How a text is cut: by a unit, or for `custom` at the character offsets that its pattern has found in this text. */
export interface Cut {
  readonly unit: Unit;
  readonly starts: readonly number[];
}

/** Ends of a sentence that are none: Unicode's rules know no abbreviations, and take "1." for a sentence. */
const ABBREVIATION = /(?:^|[\s(])(?:Dr|Mr|Mrs|Ms|Prof|vs|e\.g|i\.e|cf|al|Fig|Eq|approx)\.\s+$/u;
const LIST_MARKER = /^\s*(?:[-*+•]\s*)?(?:\d{1,3}|[A-Za-z])[.)]\s+$/u;
/** A mark that nothing follows but the next letter, as in a.b?c=d. Only scripts without spaces end a sentence so. */
const INSIDE_WORD = /[\x21-\x7e]$/;
const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/g;
const BLANK_LINE = /(?:(?:\r\n|[\n\r\u2028\u2029])[^\S\n\r\u2028\u2029]*){2,}/g;

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * Character offsets at which a new segment opens, ascending, 0 left out. Tokens are not cut by characters.
 */
export function segmentStarts(text: string, cut: Cut): readonly number[] {
  switch (cut.unit) {
    case 'tokens':
      return [];
    case 'custom':
      return cut.starts;
    case 'words':
      return wordStarts(text);
    case 'sentences':
      return sentenceStarts(text);
    case 'lines':
      return endsOf(text, LINE_BREAK);
    case 'paragraphs':
      return endsOf(text, BLANK_LINE);
  }
}

function sentenceStarts(text: string): number[] {
  const starts: number[] = [];
  let open = '';
  for (const { segment, index } of sentences.segment(text)) {
    if (index > 0 && closes(open)) {
      starts.push(index);
      open = '';
    }
    open += segment;
  }
  return starts;
}

function closes(open: string): boolean {
  if (open.endsWith('\n')) return true;
  return !INSIDE_WORD.test(open) && !ABBREVIATION.test(open) && !LIST_MARKER.test(open);
}

function endsOf(text: string, separator: RegExp): number[] {
  return Array.from(text.matchAll(separator), (match) => match.index + match[0].length);
}
