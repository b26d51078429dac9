const words = new Intl.Segmenter('en', { granularity: 'word' });

const SPACE = /^\s+$/u;
const NEWLINE = /[\n\r\u2028\u2029]/;
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}/u;
const OPENING = /^[\p{Ps}\p{Pi}]/u;
/** Marks inside a word: well-known, R&D, me@example.org, x^2, 5°C, H₂O, and e.g., which not every version of ICU keeps together. */
const JOINER = /^[-\u2010\u2011'\u2019@&.^°\u2070-\u209c\u00b2\u00b3\u00b9]$/u;
/** Marks between digits: 10:30, 12/10/2020. */
const NUMBER_JOINER = /^[:/]$/;
/** Small Japanese letters, which start no word. Dictionaries divide before them in unknown words. */
const NO_START = /^[ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮー]/u;
/** An address counts as one word. It ends at the first space, quote or closing bracket. */
const ADDRESS = /\b(?:(?:https?|ftp|file):\/\/|www\.)[^\s<>"'`)\]}\u0100-\u{10ffff}]+/gu;

/**
 * Character offsets at which words start, ascending, without 0.
 *
 * `Intl.Segmenter` finds the words of any script, but also divides at each punctuation mark. Here a mark belongs to the word
 * before it, or to the word after it if it is an opening mark. Spaces belong to the word after them, line breaks to the one before.
 *
 * @example wordStarts('Mix 3.5 g, e.g. salt') // [3, 7, 10, 15]: "Mix", " 3.5", " g,", " e.g.", " salt"
 */
export function wordStarts(text: string): number[] {
  const starts: number[] = [];
  const addresses = [...text.matchAll(ADDRESS)].map((m) => ({ start: m.index, end: m.index + m[0].length }));
  let piece = new Piece(0);
  let address = 0;
  for (const { segment, index, isWordLike } of words.segment(text)) {
    while ((addresses[address]?.end ?? Infinity) <= index) address += 1;
    const within = addresses[address];
    if (within !== undefined && index > within.start) continue;
    const type = within?.start === index ? 'word' : partTypeOf(segment, isWordLike ?? false);
    if (index > 0 && piece.endsBefore(type, segment)) {
      starts.push(index);
      piece = new Piece(index);
    }
    piece.add(type, segment);
  }
  return starts;
}

type PartType = 'space' | 'newline' | 'word' | 'mark';

function partTypeOf(segment: string, isWordLike: boolean): PartType {
  if (SPACE.test(segment)) return NEWLINE.test(segment) ? 'newline' : 'space';
  return isWordLike || PICTURE.test(segment) ? 'word' : 'mark';
}

/** The parts since the last boundary. */
class Piece {
  readonly start: number;
  #hasWord = false;
  #last: PartType | null = null;
  #word = '';
  #joiner = '';

  constructor(start: number) {
    this.start = start;
  }

  endsBefore(type: PartType, segment: string): boolean {
    if (type === 'newline') return false;
    if (this.#last === 'newline') return true;
    if (type === 'space') return this.#last !== 'space' && this.#last !== null;
    if (type === 'word') return this.#hasWord && !this.#continues(segment);
    return this.#hasWord && OPENING.test(segment);
  }

  /** Whether a word continues the one before it. */
  #continues(segment: string): boolean {
    if (this.#last === 'word') return NO_START.test(segment);
    if (JOINER.test(this.#joiner)) return true;
    return NUMBER_JOINER.test(this.#joiner) && /\d$/.test(this.#word) && /^\d/.test(segment);
  }

  add(type: PartType, segment: string): void {
    this.#joiner = type === 'mark' && this.#last === 'word' ? segment : '';
    if (type === 'word') [this.#hasWord, this.#word] = [true, segment];
    this.#last = type;
  }
}
