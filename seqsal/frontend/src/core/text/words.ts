const words = new Intl.Segmenter('en', { granularity: 'word' });

const SPACE = /^\s+$/u;
const NEWLINE = /[\n\r\u2028\u2029]/;
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}/u;
const OPENING = /^[\p{Ps}\p{Pi}]/u;
/** Marks that hold a word together: well-known, R&D, me@example.org, x^2, 5°C, H₂O, and e.g., which not every version of ICU holds. */
const JOINER = /^[-\u2010\u2011'\u2019@&.^°\u2070-\u209c\u00b2\u00b3\u00b9]$/u;
/** Marks that hold digits together: 10:30, 12/10/2020. */
const NUMBER_JOINER = /^[:/]$/;
/** What no word begins with: the small letters of Japanese. Dictionaries cut before them where they lack a word. */
const NO_START = /^[ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮー]/u;
/** An address is one word to a reader. It stops at the first space, quote or closing bracket. */
const ADDRESS = /\b(?:(?:https?|ftp|file):\/\/|www\.)[^\s<>"'`)\]}\u0100-\u{10ffff}]+/gu;

/**
 * Character offsets at which a new word opens, ascending, 0 left out.
 *
 * `Intl.Segmenter` finds the words of any script, and cuts at each mark of punctuation too. Here a mark goes with the
 * word before it, or with the word after it if it opens one; spaces go with the word after them, line breaks with the one before.
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
    const kind = within?.start === index ? 'word' : kindOf(segment, isWordLike ?? false);
    if (index > 0 && piece.endsBefore(kind, segment)) {
      starts.push(index);
      piece = new Piece(index);
    }
    piece.add(kind, segment);
  }
  return starts;
}

type Kind = 'space' | 'newline' | 'word' | 'mark';

function kindOf(segment: string, isWordLike: boolean): Kind {
  if (SPACE.test(segment)) return NEWLINE.test(segment) ? 'newline' : 'space';
  return isWordLike || PICTURE.test(segment) ? 'word' : 'mark';
}

/** What has been gathered since the last cut. */
class Piece {
  readonly start: number;
  #hasWord = false;
  #last: Kind | null = null;
  #word = '';
  #joiner = '';

  constructor(start: number) {
    this.start = start;
  }

  endsBefore(kind: Kind, segment: string): boolean {
    if (kind === 'newline') return false;
    if (this.#last === 'newline') return true;
    if (kind === 'space') return this.#last !== 'space' && this.#last !== null;
    if (kind === 'word') return this.#hasWord && !this.#continues(segment);
    return this.#hasWord && OPENING.test(segment);
  }

  /** Whether a word belongs to the one before it. */
  #continues(segment: string): boolean {
    if (this.#last === 'word') return NO_START.test(segment);
    if (JOINER.test(this.#joiner)) return true;
    return NUMBER_JOINER.test(this.#joiner) && /\d$/.test(this.#word) && /^\d/.test(segment);
  }

  add(kind: Kind, segment: string): void {
    this.#joiner = kind === 'mark' && this.#last === 'word' ? segment : '';
    if (kind === 'word') [this.#hasWord, this.#word] = [true, segment];
    this.#last = kind;
  }
}
