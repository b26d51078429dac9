import { segmentStarts } from './boundaries.js';
import type { Unit } from './boundaries.js';
import type { Span } from './span.js';

/** A part of a text, and what takes its place. */
export interface Rewrite {
  readonly chars: Span;
  readonly text: string;
}

/** What can change places as a whole. */
export type PartUnit = 'sentences' | 'lines' | 'paragraphs';

/** The unit that moves for a segment of a granularity: a word alone has no place of its own, so its line moves; null for messages. */
export function partUnitOf(unit: Unit): PartUnit | null {
  if (unit === 'messages') return null;
  return unit === 'sentences' || unit === 'paragraphs' ? unit : 'lines';
}

/** The parts of a text, in order, without the white space between them. Lines and paragraphs keep the indentation of their first line. */
export function partsOf(text: string, unit: PartUnit): Span[] {
  const starts = [0, ...segmentStarts(text, { unit, starts: [] })];
  return starts.flatMap((start, i) => {
    const part = text.slice(start, starts[i + 1]);
    const end = start + part.trimEnd().length;
    const lead = (unit === 'sentences' ? /^\s+/ : BLANK_LINES).exec(part)?.[0].length ?? 0;
    return start + lead < end ? [{ start: start + lead, end }] : [];
  });
}

const BLANK_LINES = /^(?:[^\S\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]))+/;

/** The number of the part that a character is in, or the white space after it; -1 if there is none. */
export function partAt(parts: readonly Span[], at: number): number {
  return parts.findLastIndex(({ start }) => start <= at);
}

/** Two neighbours in each other's place; the white space between them stays. Null if that changes nothing. */
export function swapped(text: string, first: Span | undefined, second: Span | undefined): Rewrite | null {
  if (!first || !second) return null;
  const [a, b] = [first, second].map(({ start, end }) => text.slice(start, end));
  if (a === b) return null;
  return {
    chars: { start: first.start, end: second.end },
    text: `${b ?? ''}${text.slice(first.end, second.start)}${a ?? ''}`,
  };
}

/** A part twice, with the white space between that it has next to it: of both sides the one with fewer line breaks. */
export function duplicated(text: string, parts: readonly Span[], index: number, unit: PartUnit): Rewrite | null {
  const [before, part, after] = [parts[index - 1], parts[index], parts[index + 1]];
  if (!part) return null;
  const gaps = [
    ...(after ? [text.slice(part.end, after.start)] : []),
    ...(before ? [text.slice(before.end, part.start)] : []),
  ];
  const fewest = Math.min(...gaps.map(lineBreaks));
  const core = text.slice(part.start, part.end);
  const gap = gaps.find((each) => lineBreaks(each) === fewest) ?? usualGap(text, core, unit);
  return { chars: part, text: core + gap + core };
}

function lineBreaks(gap: string): number {
  return gap.match(/\r\n|[\n\r\u2028\u2029]/g)?.length ?? 0;
}

/** The white space between parts in a text that has only one. */
function usualGap(text: string, core: string, unit: PartUnit): string {
  const line = text.includes('\r\n') ? '\r\n' : '\n';
  if (unit === 'paragraphs') return line + line;
  if (unit === 'lines') return line;
  return /[。！？]["”’」』）]*$/u.test(core) ? '' : ' ';
}
