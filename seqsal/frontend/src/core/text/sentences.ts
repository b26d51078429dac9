import { isAbbreviated } from './abbreviations.js';

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** How many characters before and after a stop the rules examine. */
const BEFORE = 64;
const AFTER = 240;

const LINE_END = /[\n\r\u0085\u2028\u2029]$/;
/** A mark followed directly by a letter, as in a.b?c=d. Only scripts without spaces end a sentence like this. */
const INSIDE_WORD = /[\x21-\x7e]$/;
/** "1.", "1.2.", "a)", "IV.", perhaps after Markdown marks: the marker of a list item, if nothing comes before it. */
const MARKER = /^[-*+•>#|\s]*(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[IVX]{1,5}|[ivx]{1,5})[.)]\s+$/u;
const CELL = /\|(?=[^|]*$)/;
const QUOTED_QUESTION = /[?!]["'”’»)\]]+\s+$/u;
/** Unicode's rules count any bracket after the stop as part of the sentence: 。「 */
const OPENING_BRACKET = /[「『（《〈【〔［“‘]+$/u;
const CLOSING_BRACKET = /[」』）]$/u;
/** Markdown emphasis or a footnote between the stop and the space: **So.** Then, and so.[1] Then. */
const MARKED_END = /[.!?…]["”’)]*(?:[*_~]|\[\^?\w{1,3}\])+["”’)]*[^\S\n\r]+(?=["“(*_]*\p{Lu})/gu;

/**
 * Character offsets at which sentences start, ascending, without 0. A line break always ends a sentence.
 *
 * `Intl.Segmenter` finds candidates in any script. The rules here remove false ends and add those that Markdown hides.
 */
export function sentenceStarts(text: string): number[] {
  const starts: number[] = [];
  let from = 0;
  for (const at of candidates(text)) {
    if (at <= from || !endsBetween(text.slice(from, at), text.slice(at, at + AFTER))) continue;
    starts.push(at);
    from = at;
  }
  return starts;
}

function* candidates(text: string): Generator<number> {
  const marked = Array.from(text.matchAll(MARKED_END), (match) => match.index + match[0].length);
  let next = 0;
  for (const { index } of segmenter.segment(text)) {
    for (; (marked[next] ?? Infinity) < index; next++) yield marked[next] ?? index;
    if (marked[next] === index) next += 1;
    if (index > 0) yield index - (OPENING_BRACKET.exec(text.slice(Math.max(0, index - 4), index))?.[0].length ?? 0);
  }
  for (; next < marked.length; next++) yield marked[next] ?? text.length;
}

function endsBetween(open: string, after: string): boolean {
  if (LINE_END.test(open)) return true;
  const before = open.slice(-BEFORE);
  return !(
    INSIDE_WORD.test(before) ||
    isAbbreviated(before, after) ||
    isMarker(open) ||
    (QUOTED_QUESTION.test(before) && /^\p{Ll}/u.test(after)) ||
    // 「はい。」と言った: the quotation is part of the sentence around it.
    (CLOSING_BRACKET.test(before) && /^\p{Script=Hiragana}/u.test(after)) ||
    isInCode(open, after)
  );
}

/** A sentence starts with its line, so a marker is the whole open text, or the whole cell of a table. */
function isMarker(open: string): boolean {
  const cell = CELL.exec(open);
  return open.length <= BEFORE && (MARKER.test(open) || (cell !== null && MARKER.test(open.slice(cell.index))));
}

/** Whether the position is between two backticks of one line. */
function isInCode(open: string, after: string): boolean {
  return (open.match(/`/g)?.length ?? 0) % 2 === 1 && /^[^\n\r]*`/.test(after);
}
