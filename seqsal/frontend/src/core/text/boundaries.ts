import granularities from '../../../../shared/granularities.json';
import type { PatternRole } from './pattern.js';
import { sentenceStarts } from './sentences.js';
import { wordStarts } from './words.js';

export type Unit = keyof typeof granularities;
/** In the order in which they are offered. */
export const UNITS = Object.keys(granularities) as Unit[];

/** The granularity that the user has chosen. The pattern is used only for the unit `custom`. */
export interface Granularity {
  readonly unit: Unit;
  readonly pattern: string;
  readonly role: PatternRole;
}

/** How a text is cut into segments: by a unit, or for `custom` at the character offsets that its pattern matched in this text. */
export interface Segmentation {
  readonly unit: Unit;
  readonly starts: readonly number[];
}

const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/g;
/** The carriage return of a Windows line break does not count as a line break of its own. */
const BLANK_LINE = /(?:(?:\r\n|\r(?!\n)|[\n\u2028\u2029])[^\S\n\r\u2028\u2029]*){2,}/g;

/**
 * Character offsets at which segments start, ascending, without 0. Empty for tokens and messages, which have offsets of their own.
 */
export function segmentStarts(text: string, segmentation: Segmentation): readonly number[] {
  switch (segmentation.unit) {
    case 'tokens':
    case 'messages':
      return [];
    case 'custom':
      return segmentation.starts;
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
