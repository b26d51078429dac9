import type { Unit } from '../text/boundaries.js';
import { swappedExamples } from '../text/examples.js';
import { masked } from '../text/mask.js';
import { parseMessages, promptWith } from '../text/messages.js';
import { duplicated, partAt, partUnitOf, partsOf, swapped } from '../text/rearrange.js';
import type { Rewrite } from '../text/rearrange.js';
import type { Segment } from '../text/segment.js';
import { messageAround } from '../text/tokens.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';

export type QuickKind = 'duplicate' | 'up' | 'down' | 'swap' | 'mask';

/** A change of the prompt that a segment offers, to be run next to it. */
export interface QuickQuestion {
  readonly kind: QuickKind;
  /** What changes: the granularity's unit, or the one that a word moves with. */
  readonly unit: Unit;
  /** The changed prompt. */
  readonly prompt: string;
  /** Why it cannot be run, or ''. */
  readonly obstacle: string;
}

/** What a segment of the prompt offers. A part moves within its message. */
export function quickQuestions(
  prompt: string,
  tokens: TokenizedText,
  { chars, text, special, region }: Segment,
  unit: Unit,
): QuickQuestion[] {
  const core = text.trim();
  if (special || region !== 'prompt' || core === '') return [];
  const around = messageAround(tokens, chars);
  const within = tokens.text.slice(around.start, around.end);
  const start = chars.start + text.indexOf(core) - around.start;
  const rewrites = rewritesOf(within, { start, end: start + core.length }, unit);
  return rewrites.map(([kind, what, { chars: part, text: by }]) => {
    const moved = { start: part.start + around.start, end: part.end + around.start };
    const next = promptWith(prompt, moved, by, tokens.messages.length > 0, tokens.omitted);
    return { kind, unit: what, prompt: next, obstacle: obstacleTo(prompt, next, tokens, moved) };
  });
}

function rewritesOf(text: string, segment: Span, unit: Unit): [QuickKind, Unit, Rewrite][] {
  const found: [QuickKind, Unit, Rewrite | null][] = [];
  const what = partUnitOf(unit);
  if (what !== null) {
    const parts = partsOf(text, what);
    const index = partAt(parts, segment.start);
    found.push(
      ['duplicate', what, duplicated(text, parts, index, what)],
      ['up', what, swapped(text, parts[index - 1], parts[index])],
      ['down', what, swapped(text, parts[index], parts[index + 1])],
      ['swap', what, swappedExamples(text, segment.start)],
    );
  }
  const mask = masked(text, segment);
  found.push(['mask', unit, mask === null ? null : { chars: segment, text: mask }]);
  return found.flatMap(([kind, each, rewrite]) => (rewrite === null ? [] : [[kind, each, rewrite]]));
}

function obstacleTo(prompt: string, next: string, { messages, omitted }: TokenizedText, moved: Span): string {
  if (messages.length === 0) return '';
  if (omits(omitted, moved)) return 'The chat template leaves out a part of this text.';
  const [before, after] = [parseMessages(prompt) ?? [], parseMessages(next) ?? []];
  const same = before.length === after.length && before.every(({ role }, i) => role === after[i]?.role);
  if (!same) return 'The messages would not keep their roles.';
  const broken = after.some(({ role, content }, i) => {
    return role === 'calls' && isJson(before[i]?.content ?? '') && !isJson(content);
  });
  return broken ? 'The call would no longer be JSON.' : '';
}

/** Whether the messages have text inside a part that the model did not read. */
function omits(omitted: readonly Span[], { start, end }: Span): boolean {
  let before = 0;
  return omitted.some((part) => {
    const at = part.start - before;
    before += part.end - part.start;
    return start < at && at < end;
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
