import { selectableSpan } from '../text/segments.js';
import type { Segment } from '../text/segment.js';
import { OUT, WHOLE } from '../text/token-set.js';
import { overlaps } from '../text/tokens.js';
import type { Span } from '../text/span.js';
import type { Gesture } from './view-state.js';

/** The segments from one to another, both included, that a drag or keys are about to select. */
export interface Draft {
  readonly from: number;
  readonly to: number;
  /** Whether the present selection stays. */
  readonly adding: boolean;
}

/** The selection that a draft makes; null if none of its segments can be selected. */
export function selectionOfDraft(
  segments: readonly Segment[],
  { from, to, adding }: Draft,
): { readonly span: Span; readonly how: Gesture; readonly anchor: Span } | null {
  const between = segments.slice(Math.min(from, to), Math.max(from, to) + 1);
  const spans = between.map(selectableSpan).filter((span) => span !== null);
  const [first, last, begin] = [spans[0], spans.at(-1), segments[from]];
  if (!first || !last || !begin) return null;
  const span = { start: first.start, end: last.end };
  return { span, how: adding ? 'add' : 'range', anchor: selectableSpan(begin) ?? span };
}

/** The marks as they will be with the draft selected. */
export function marksOfDraft(segments: readonly Segment[], marks: Uint8Array, draft: Draft): Uint8Array {
  const drafted = draft.adding ? marks.slice() : new Uint8Array(marks.length);
  for (let i = Math.min(draft.from, draft.to); i <= Math.max(draft.from, draft.to); i++) {
    const segment = segments[i];
    if (segment && selectableSpan(segment) !== null) drafted[i] = WHOLE;
  }
  return drafted;
}

/** The first segment that a span touches, or null. */
export function indexOfSpan(segments: readonly Segment[], span: Span): number | null {
  const index = segments.findIndex((segment) => !segment.special && overlaps(segment.tokens, span));
  return index < 0 ? null : index;
}

/** Where keyboard focus enters the text: at the selection, or else at the answer after its thinking. */
export function entryOf(segments: readonly Segment[], marks: Uint8Array): number {
  const selected = marks.findIndex((mark) => mark !== OUT);
  if (selected >= 0) return selected;
  const answer = segments.findIndex(({ region, special, thinking }) => region === 'target' && !special && !thinking);
  if (answer >= 0) return answer;
  return Math.max(
    0,
    segments.findIndex(({ region, special }) => region === 'target' && !special),
  );
}
