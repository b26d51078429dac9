import granularities from '../../../../shared/granularities.json';
import type { PatternRole } from './pattern.js';
import { sentenceStarts } from './sentences.js';
import { wordStarts } from './words.js';

export type Unit = keyof typeof granularities;
/** In the order in which they are offered. */
export const UNITS = Object.keys(granularities) as Unit[];

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

const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/g;
/** The carriage return of a Windows line break is none by itself. */
const BLANK_LINE = /(?:(?:\r\n|\r(?!\n)|[\n\u2028\u2029])[^\S\n\r\u2028\u2029]*){2,}/g;

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

function endsOf(text: string, separator: RegExp): number[] {
  return Array.from(text.matchAll(separator), (match) => match.index + match[0].length);
}
