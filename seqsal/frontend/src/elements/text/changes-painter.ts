import type { Change, ChangeKind } from '../../core/text/changes.js';
import type { Segment } from '../../core/text/segment.js';
import { overlaps } from '../../core/text/tokens.js';

/**
 * Marks the changes of a text. It uses CSS highlights, which neither divide a segment's span nor change its heat. A browser without
 * them shows only how many changes there are.
 */
export class ChangesPainter {
  readonly #ranges = new Map<Range, ChangeKind>();
  readonly #spanAt: (index: number) => HTMLElement | undefined;

  /** `spanAt` returns the span of a segment. */
  constructor(spanAt: (index: number) => HTMLElement | undefined) {
    this.#spanAt = spanAt;
  }

  paint(segments: readonly Segment[], changes: readonly Change[]): void {
    this.clear();
    if (!('highlights' in CSS)) return;
    let at = 0;
    for (const [i, segment] of segments.entries()) {
      while ((changes[at]?.end ?? Infinity) <= segment.chars.start) at += 1;
      const text = segment.special ? null : this.#spanAt(i)?.firstChild;
      if (!(text instanceof Text)) continue;
      for (let next = at; next < changes.length; next++) {
        const change = changes[next];
        if (!change || change.start >= segment.chars.end) break;
        this.#mark(text, segment, change);
      }
    }
  }

  clear(): void {
    for (const [range, kind] of this.#ranges) highlightOf(kind).delete(range);
    this.#ranges.clear();
  }

  #mark(text: Text, segment: Segment, { start, end, kind }: Change): void {
    const first = segment.chars.start + segment.text.indexOf(text.data);
    const [from, to] = [Math.max(0, start - first), Math.min(text.length, end - first)];
    if (from >= to) return;
    const range = document.createRange();
    range.setStart(text, from);
    range.setEnd(text, to);
    this.#ranges.set(range, kind);
    highlightOf(kind).add(range);
  }
}

/** The segments that the changes are in, in order. */
export function changedSegments(segments: readonly Segment[], changes: readonly Change[]): number[] {
  return segments.flatMap(({ chars, special }, i) =>
    !special && changes.some((change) => overlaps(change, chars)) ? [i] : [],
  );
}

/** The page's highlight of a kind, which all views share. */
function highlightOf(kind: ChangeKind): Highlight {
  const name = `seqsal-${kind}`;
  const known = CSS.highlights.get(name) ?? new Highlight();
  CSS.highlights.set(name, known);
  return known;
}

/** Distinct without colours too. They are placed so that they can be seen with the lines of certainty. */
const MARKS: Record<ChangeKind, string> = {
  removed: 'line-through 2px var(--seqsal-removed)',
  added: 'underline 3px var(--seqsal-added)',
  moved: 'underline dotted 3px var(--seqsal-moved)',
};

export const CHANGE_RULES = Object.entries(MARKS)
  .map(([kind, line]) => `::highlight(seqsal-${kind}){text-decoration:${line}}.sample.${kind}{text-decoration:${line}}`)
  .join('');
