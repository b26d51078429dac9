/** Parts of two texts at the same place. All but the first begin with the same words. */
export interface Piece {
  readonly before: string;
  readonly after: string;
}

/** So many words in a row are taken for the same place if each text has them once. */
const WORDS = 4;

/** The scripts without spaces between words, for a class of a regular expression. */
export const UNSPACED = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => String.raw`\p{Script=${script}}`)
  .join('');

/** Scripts without spaces have words of one character. */
const WORD = new RegExp(String.raw`[${UNSPACED}]|[^\s${UNSPACED}]+`, 'gu');

/**
 * Divides two texts at places that both have, in the same order, in a time that grows with their length alone.
 *
 * @example piecesBetween('Old. One two three four.', 'One two three four!!') // [{ before: 'Old. ', after: '' }, …]
 */
export function piecesBetween(before: string, after: string): Piece[] {
  const others = places(after);
  const common = [...places(before)].flatMap(([words, at]) => {
    const other = others.get(words) ?? -1;
    return at >= 0 && other >= 0 ? [{ before: at, after: other }] : [];
  });
  const pieces: Piece[] = [];
  let last = { before: 0, after: 0 };
  for (const end of [...longestRising(common), { before: before.length, after: after.length }]) {
    const piece = { before: before.slice(last.before, end.before), after: after.slice(last.after, end.after) };
    const previous = pieces.at(-1);
    last = end;
    if (previous && isSame(previous) && isSame(piece)) {
      const text = previous.before + piece.before;
      pieces[pieces.length - 1] = { before: text, after: text };
    } else if (piece.before !== '' || piece.after !== '') pieces.push(piece);
  }
  return pieces;
}

function isSame({ before, after }: Piece): boolean {
  return before === after;
}

/** Where a text has each run of words, in order; -1 for those that it has more than once. */
function places(text: string): Map<string, number> {
  const words = Array.from(text.matchAll(WORD), ({ index, 0: word }) => ({ start: index, end: index + word.length }));
  const found = new Map<string, number>();
  for (let i = 0; i + WORDS <= words.length; i++) {
    const start = words[i]?.start ?? 0;
    const run = text.slice(start, words[i + WORDS - 1]?.end);
    found.set(run, found.has(run) ? -1 : start);
  }
  return found;
}

interface Place {
  readonly before: number;
  readonly after: number;
}

/** The most places whose order is the same in both texts, from places in the order of the text before (patience sorting). */
function longestRising(places: readonly Place[]): Place[] {
  /** For each length, the index of the place that ends a run of this length and is first in the text after. */
  const tails: number[] = [];
  const previous = new Int32Array(places.length);
  for (const [i, { after }] of places.entries()) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[tails[middle] ?? 0]?.after ?? 0) < after) low = middle + 1;
      else high = middle;
    }
    previous[i] = tails[low - 1] ?? -1;
    tails[low] = i;
  }
  const chosen: Place[] = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = previous[i] ?? -1) {
    const place = places[i];
    if (place) chosen.push(place);
  }
  return chosen.reverse();
}
