// The properties of the parts of the view that depend on the thinking in an answer.
import { STEPS } from '../../core/scores/heat.js';
import { methodNamed, scoresSegments } from '../../core/scores/methods.js';
import { blockSum } from '../../core/scores/thinking.js';
import type { BlockSum } from '../../core/scores/thinking.js';
import type { Derived } from '../../core/state/derive.js';
import { partialAnswer } from '../../core/state/request.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import { overlaps } from '../../core/text/tokens.js';
import type { Span } from '../../core/text/span.js';
import { precedes, writtenThinking } from '../../core/text/thinking.js';
import { percent, whole } from '../common/format.js';
import type { PassOn } from '../panels/actions.js';
import type { PartsOfSalience } from '../panels/readout.js';
import { NO_THINKING } from '../text/thinking.js';
import type { Fold, ShownThinking } from '../text/thinking.js';

/** The switch that passes on what falls on the thinking; null if no thinking is before the selection. */
export function passOnIn({ offers, state, tokens, methods }: Snapshot): PassOn | null {
  const { selection, method, through } = state;
  if (!offers.passOn || selection === null || tokens.status !== 'ready') return null;
  if (!precedes(tokens.value.thinking, selection)) return null;
  const shown = methodNamed(methods, method);
  const obstacle = scoresSegments(shown)
    ? `“${shown?.label ?? ''}” scores segments. Only scores of tokens can be passed on: choose another method.`
    : '';
  return { on: through && obstacle === '', obstacle };
}

/** The shares of the prompt, the thinking and the answer; null if no thinking is before the selection. */
export function partsIn(snapshot: Snapshot, { parts, signed }: Derived): PartsOfSalience | null {
  return parts && { ...parts, signed, passed: passOnIn(snapshot)?.on === true };
}

const WRITTEN: Fold = { label: 'Thinking', heat: '', look: '' };

/** What is shown of the thinking in the answer. */
export function thinkingIn(snapshot: Snapshot, derived: Derived): ShownThinking {
  const partial = snapshot.sequence === null ? partialAnswer(snapshot.generation) : null;
  const written = partial && writtenThinking(partial.text, snapshot.thinkingMarks, partial.opened);
  // Unfolded while it is written, but for a user who wants it folded.
  if (written) return { folded: snapshot.state.folded === true, folds: [WRITTEN], written };
  const folds = foldsIn(snapshot, derived);
  return folds.length === 0 ? NO_THINKING : { folded: isFolded(snapshot), folds, written };
}

/** Whether the thinking is folded: as the user wants, or else if an answer follows it. */
function isFolded({ state, tokens }: Snapshot): boolean {
  if (state.folded !== null) return state.folded;
  const last = tokens.status === 'ready' ? tokens.value.thinking.at(-1) : undefined;
  return last !== undefined && tokens.status === 'ready' && last.end < tokens.value.tokens.length;
}

/** What the headers of the blocks of thinking show. */
function foldsIn(snapshot: Snapshot, derived: Derived): Fold[] {
  const { tokens, state } = snapshot;
  if (tokens.status !== 'ready') return [];
  return tokens.value.thinking.map((span) => {
    const count = span.end - span.start;
    const label = `Thinking · ${whole(count)} ${count === 1 ? 'token' : 'tokens'}`;
    const selected = state.selection?.some((range) => overlaps(range, span)) === true;
    const sum = sumOf(derived, span);
    const passed = passOnIn(snapshot)?.on === true && !selected;
    const share = sum === null ? '' : passed ? 'passed on' : `${percent(sum.share)} of the salience`;
    const heat = [share, selected ? 'holds the selection' : ''].filter((text) => text !== '').join(' · ');
    return { label, heat, look: sum === null ? '' : lookOf(sum, derived, state.intensity) };
  });
}

function sumOf({ shares, values, segments }: Derived, span: Span): BlockSum | null {
  return shares && values && blockSum(shares, values, segments, span);
}

/** The class of a block's heat: that of a segment with its sum, at most that of the strongest. */
function lookOf({ net }: BlockSum, { shares, signed }: Derived, intensity: number): string {
  const largest = shares?.reduce((a, b) => Math.max(a, b), 0) ?? 0;
  const level = largest === 0 ? 0 : Math.round(STEPS * Math.pow(Math.min(1, Math.abs(net) / largest), 1 / intensity));
  if (level === 0) return '';
  return `${signed ? (net > 0 ? 'support' : 'against') : 'strength'}-${String(level)}`;
}
