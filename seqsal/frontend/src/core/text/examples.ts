// The examples of a few-shot prompt. docs/editing.md says what counts as one.
import { partsOf, swapped } from './rearrange.js';
import type { Rewrite } from './rearrange.js';
import type { Span } from './span.js';

/** "Review:", "**Answer 2**:", "- 質問：" at the start of a line. The number does not belong to the label. */
const LABEL =
  /^[^\S\n\r]*(?:[-*+•>#]+[^\S\n\r]+)?(?:\*\*|__)?([\p{L}\p{M}][\p{L}\p{M} _/'’()-]{0,40}?)[^\S\n\r]*\p{N}*(?:\*\*|__)?[^\S\n\r]*[:：](?!\/\/)(?:\*\*|__)?/u;
/** The longest label, with the signs around it. */
const MOST_LABEL = 80;
/** "sea otter => loutre de mer" */
const ARROW = /\S[^\S\n\r]*(->|=>|→|⇒|\t)[^\S\n\r]*\S/u;

/** An example, and what it has in common with those that can change places with it. */
interface Example extends Span {
  readonly form: string;
}

/** The example that a character is in and the one before it in each other's place; null if there is none before. */
export function swappedExamples(text: string, at: number): Rewrite | null {
  const examples = examplesIn(text);
  const index = examples.findIndex(({ start, end }) => start <= at && at < end);
  const [before, here] = [examples[index - 1], examples[index]];
  return before && before.form === here?.form ? swapped(text, before, here) : null;
}

/** Groups of lines that repeat their labels, or else lines with an arrow, or else paragraphs of several lines. */
function examplesIn(text: string): Example[] {
  const lines = partsOf(text, 'lines').map((span) => ({ ...span, label: labelOf(text.slice(span.start, span.end)) }));
  const counts = new Map<string, number>();
  for (const { label } of lines) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  const first = lines.find(({ label }) => label !== null && (counts.get(label) ?? 0) > 1)?.label ?? null;
  if (first !== null) return labelledGroups(text, lines, first);
  const arrows = lines.flatMap((line) => {
    const sign = ARROW.exec(text.slice(line.start, line.end))?.[1];
    return sign === undefined ? [] : [{ ...line, form: sign }];
  });
  return arrows.length > 1 ? arrows : paragraphs(text);
}

interface Line extends Span {
  readonly label: string | null;
}

function labelOf(line: string): string | null {
  // Cut, because the expression takes long on a line with thousands of spaces.
  return LABEL.exec(line.slice(0, MOST_LABEL))?.[1]?.toLowerCase() ?? null;
}

/** The groups that start with a label. A group ends with the paragraph of the last line that has a label of the first group. */
function labelledGroups(text: string, lines: readonly Line[], first: string): Example[] {
  const starts = lines.flatMap(({ label }, i) => (label === first ? [i] : []));
  const own = new Set(lines.slice(starts[0], starts[1]).map(({ label }) => label));
  const ends = partsOf(text, 'paragraphs').map(({ end }) => end);
  return starts.map((from, i) => {
    const group = lines.slice(from, starts[i + 1]);
    const labelled = group.filter(({ label }) => label !== null && own.has(label));
    const last = labelled.at(-1)?.start ?? 0;
    const within = Math.min(ends.find((end) => end > last) ?? text.length, group.at(-1)?.end ?? text.length);
    const start = group[0]?.start ?? 0;
    const labels = labelled.map(({ label }) => label).join('\n');
    return { start, end: within, form: `${labels}${isOpen(text.slice(last, within)) ? '\n' : ''}` };
  });
}

/** Whether nothing follows the last label: the group is the question at the end of the prompt. */
function isOpen(text: string): boolean {
  return (text.slice(0, MOST_LABEL).replace(LABEL, '') + text.slice(MOST_LABEL)).trim() === '';
}

/** Paragraphs of at least two lines; those with the same number of lines can change places. */
function paragraphs(text: string): Example[] {
  return partsOf(text, 'paragraphs').map((span) => {
    const count = partsOf(text.slice(span.start, span.end), 'lines').length;
    return { ...span, form: count > 1 ? String(count) : `single ${String(span.start)}` };
  });
}
