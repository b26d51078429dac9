import type { SeqsalText } from '../text/text.js';

/** A place in the text next to this one, which is to be level with the top of this view. */
export interface AlignedPlace {
  /** The index of a segment there. */
  readonly segment: number;
  readonly edge: 'top' | 'bottom';
  /** How far below the top of the view that edge is, in CSS pixels; negative if it is above. */
  readonly offset: number;
  /** A later segment that must not be above the top of the view: it is still in view here. */
  readonly limit: number | null;
}

/**
 * The place that is at the top of a text, in the other text: its first segment in view, or what follows the last segment before it that
 * has a counterpart. Null if nothing has one.
 */
export function placeAtTop(text: SeqsalText, counterparts: Int32Array): AlignedPlace | null {
  const first = firstInView(text);
  if (first === null) return null;
  const { top } = text.getBoundingClientRect();
  const own = counterparts[first] ?? -1;
  const box = text.boxOf(first);
  if (own !== -1 && box) return { segment: own, edge: 'top', offset: box.top - top, limit: null };
  const before = counterparts.findLastIndex((other, i) => i < first && other !== -1);
  const after = counterparts.findIndex((other, i) => i > first && other !== -1);
  const edge = text.boxOf(before);
  if (!edge) return null;
  const limit = after === -1 ? null : (counterparts[after] ?? null);
  return { segment: counterparts[before] ?? 0, edge: 'bottom', offset: edge.bottom - top, limit };
}

/** Scrolls a text so that a place is where it is in the other text. */
export function alignTo(text: SeqsalText, { segment, edge, offset, limit }: AlignedPlace): void {
  const { top } = text.getBoundingClientRect();
  const box = text.boxOf(segment);
  if (!box) return;
  const by = box[edge] - top - offset;
  const next = limit === null ? null : text.boxOf(limit);
  text.scrollTop += next ? Math.min(by, next.top - top) : by;
}

/** The first segment that is not wholly above the top of a text. It also finds text that the browser has not drawn yet. */
function firstInView(text: SeqsalText): number | null {
  const { top } = text.getBoundingClientRect();
  const isBelow = (element: Element): boolean => element.getBoundingClientRect().bottom > top;
  for (const block of text.renderRoot.querySelectorAll('.block')) {
    if (!isBelow(block)) continue;
    const first = Array.from(block.querySelectorAll('.s')).find(isBelow);
    if (first) return text.indexOf(first);
  }
  return null;
}
