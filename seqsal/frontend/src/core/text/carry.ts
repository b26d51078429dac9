import type { Span } from './span.js';

/** How a part of a text was found again in a changed one, from the surest way to the least sure. */
export const WAYS = ['same', 'text', 'line', 'place', 'closest'] as const;
export type Way = (typeof WAYS)[number];

/** A prompt with its target, or either of them, as characters. */
export interface Halves {
  readonly text: string;
  /** Where the target starts in `text`. */
  readonly promptLength: number;
}

/** A part of a changed text. With the way `closest` it is a single character, whose segment is meant. */
export interface Found {
  readonly span: Span;
  readonly way: Way;
}

/** The longest label of a line, such as "Recommendation" before a colon. */
const MOST_LABEL = 40;

/**
 * Finds a part of a text again in a changed text; null if there is nothing where it was.
 *
 * The part stays in the prompt or in the target. It is found as it is (`same` if nothing changed there), else as the line with the
 * same label, else as the line with the same number where both have as many lines, else at the same share of the length.
 */
export function findAgain(part: Span, before: Halves, after: Halves): Found | null {
  const inTarget = part.start >= before.promptLength;
  const [old, next] = [halfOf(before, inTarget), halfOf(after, inTarget)];
  const within = trimmed(old.text, { start: part.start - old.start, end: part.end - old.start });
  if (old.text === next.text) return moved(within, next.start, 'same');
  const equal = sameText(old.text, within, next.text);
  if (equal !== null) return moved(equal, next.start, 'text');
  const line = sameLabel(old.text, within, next.text);
  if (line !== null) return moved(line, next.start, 'line');
  const place = sameNumber(old.text, within, next.text);
  if (place !== null) return moved(place, next.start, 'place');
  if (next.text.trim() === '') return null;
  const at = Math.min(
    next.text.length - 1,
    Math.floor((within.start / Math.max(1, old.text.length)) * next.text.length),
  );
  return moved({ start: at, end: at + 1 }, next.start, 'closest');
}

function halfOf({ text, promptLength }: Halves, target: boolean): { text: string; start: number } {
  return target
    ? { text: text.slice(promptLength), start: promptLength }
    : { text: text.slice(0, promptLength), start: 0 };
}

function moved({ start, end }: Span, by: number, way: Way): Found {
  return { span: { start: start + by, end: end + by }, way };
}

/** A span without the white space at its ends; as it is if it is nothing else. */
function trimmed(text: string, { start, end }: Span): Span {
  const inside = text.slice(start, end);
  const core = inside.trim();
  if (core === '') return { start, end };
  const lead = inside.indexOf(core);
  return { start: start + lead, end: start + lead + core.length };
}

/** The occurrence with the same number, or the last one. A word is not found within a longer one. */
function sameText(old: string, span: Span, next: string): Span | null {
  const wanted = old.slice(span.start, span.end);
  if (wanted.trim() === '') return null;
  const found = occurrences(next, wanted);
  const number = occurrences(old.slice(0, span.start + wanted.length), wanted).length - 1;
  const start = found[number] ?? found.at(-1);
  return start === undefined ? null : { start, end: start + wanted.length };
}

function occurrences(text: string, wanted: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!splitsWord(text, at) && !splitsWord(text, at + wanted.length)) found.push(at);
  }
  return found;
}

/** Whether an offset is between two letters or digits. */
function splitsWord(text: string, at: number): boolean {
  return at > 0 && at < text.length && /^[\p{L}\p{N}]{2}$/u.test(text.slice(at - 1, at + 1));
}

/** The line with the same text before its first colon, or what is after the colon if only that is wanted. */
function sameLabel(old: string, span: Span, next: string): Span | null {
  const line = linesOf(old).find(({ start, end }) => start <= span.start && span.end <= end);
  const label = line && labelOf(old, line);
  if (!label) return null;
  const found = linesOf(next).find((other) => labelOf(next, other) === label);
  if (!found) return null;
  const whole = trimmed(next, found);
  const afterColon = whole.start + next.slice(whole.start).indexOf(':') + 1;
  if (span.start < trimmed(old, line).start + label.length) return whole;
  const value = trimmed(next, { start: afterColon, end: whole.end });
  return value.start < value.end ? value : null;
}

function labelOf(text: string, { start, end }: Span): string {
  const label = /^[^:]+(?=:)/.exec(text.slice(start, end).trim())?.[0] ?? '';
  return label.length <= MOST_LABEL ? label : '';
}

/** A whole line, by its number among the lines with text. */
function sameNumber(old: string, span: Span, next: string): Span | null {
  const [lines, others] = [linesOf(old), linesOf(next)];
  const number = lines.findIndex((line) => {
    const core = trimmed(old, line);
    return core.start === span.start && core.end === span.end;
  });
  const other = others[number];
  return lines.length > 1 && lines.length === others.length && other ? trimmed(next, other) : null;
}

/** The lines with text. */
function linesOf(text: string): Span[] {
  return Array.from(text.matchAll(/[^\n\r]+/g), ({ index, 0: line }) => ({
    start: index,
    end: index + line.length,
  })).filter(({ start, end }) => text.slice(start, end).trim() !== '');
}
