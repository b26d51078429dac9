import type { Segment } from '../../core/text/segment.js';

export type RectOf = (index: number) => DOMRect | null;

/**
 * The segment that a key moves to from segment `from`, or null if it is not a navigation key. Skips special tokens, and segments
 * without a place, which are folded away.
 */
export function stepTo(key: string, from: number, segments: readonly Segment[], rectOf: RectOf): number | null {
  const nearestText = (index: number, direction: 1 | -1): number | null => {
    for (let i = index; i >= 0 && i < segments.length; i += direction) {
      if (segments[i]?.special === false && rectOf(i) !== null) return i;
    }
    return null;
  };
  switch (key) {
    case 'ArrowRight':
      return nearestText(from + 1, 1) ?? from;
    case 'ArrowLeft':
      return nearestText(from - 1, -1) ?? from;
    case 'ArrowDown':
      return nextLine(from, 1, segments, rectOf);
    case 'ArrowUp':
      return nextLine(from, -1, segments, rectOf);
    case 'Home':
      return nearestText(0, 1) ?? from;
    case 'End':
      return nearestText(segments.length - 1, -1) ?? from;
    default:
      return null;
  }
}

/** The nearest segment on the line above or below. */
function nextLine(from: number, direction: 1 | -1, segments: readonly Segment[], rectOf: RectOf): number {
  const here = rectOf(from);
  if (here === null) return from;
  let best = from;
  let bestDistance = Infinity;
  let line: number | null = null;
  for (let i = from + direction; i >= 0 && i < segments.length; i += direction) {
    const rect = segments[i]?.special === false ? rectOf(i) : null;
    if (rect === null || Math.abs(rect.top - here.top) < here.height / 2) continue;
    line ??= rect.top;
    if (Math.abs(rect.top - line) >= here.height / 2) break;
    const distance = Math.abs(rect.left - here.left);
    if (distance < bestDistance) [best, bestDistance] = [i, distance];
  }
  return best;
}

/** A step to the next segment among those that are strongest, or those that have changed. */
export interface Jump {
  readonly among: 'strongest' | 'changes';
  readonly direction: 1 | -1;
}

const JUMPS: Readonly<Record<string, Jump>> = {
  n: { among: 'strongest', direction: 1 },
  p: { among: 'strongest', direction: -1 },
  d: { among: 'changes', direction: 1 },
  D: { among: 'changes', direction: -1 },
};

/** The step of a key, or null. In a text field it is an ordinary letter. */
export function jumpOf(event: KeyboardEvent): Jump | null {
  const [from] = event.composedPath();
  const typing = from instanceof HTMLSelectElement || (from instanceof HTMLInputElement && from.type !== 'radio');
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return null;
  return JUMPS[event.key] ?? null;
}
