// The properties of the parts of the view, made from a snapshot and what is derived from it.
import { isSigned, methodNamed } from '../../core/scores/methods.js';
import { rankOf, strongest as strongestOf } from '../../core/scores/ranking.js';
import { rangeText, textOfSet, tokenDetails } from '../../core/scores/token-details.js';
import { effectSentence } from '../../core/scores/wording.js';
import { notesOf, remainderNote } from '../../core/state/caveats.js';
import type { Note } from '../../core/state/caveats.js';
import type { ComparedHeat } from '../../core/state/compared-heat.js';
import type { Derived } from '../../core/state/derive.js';
import { partialText } from '../../core/state/request.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import type { Way } from '../../core/text/carry.js';
import type { Segment } from '../../core/text/segment.js';
import { OUT } from '../../core/text/token-set.js';
import { percent, shorten, whole } from '../common/format.js';
import type { Ranked } from '../panels/ranking.js';
import type { Explained, Pointed } from '../panels/readout.js';
import { removalWords } from './check-parts.js';
import { otherScoreIn } from './compared.js';
import { passOnIn } from './thinking.js';

/** The length of the list of the strongest segments. The text shows all. */
const MOST_RANKED = 50;
/** The maximum number of tokens of a segment in the readout. */
const MOST_TOKENS = 24;

/** What is not exact in the present view. */
export function notesIn({ caveats, methods, tokens, state, hasLogprobs }: Snapshot): Note[] {
  return notesOf(caveats, {
    matched: tokens.status === 'ready' && tokens.value.matched,
    signed: isSigned(methodNamed(methods, state.method), []),
    uncertain: state.certainty && !hasLogprobs,
  });
}

/** What the scores of the shown map leave out; null if that is little or unknown. */
export function remainderIn({ methods, state, scored }: Snapshot): Note | null {
  const { name = '', remainder = '' } = methodNamed(methods, state.method) ?? {};
  const [scores, total] = [scored?.scores[name], scored?.totals?.[name]];
  if (!scores || total === undefined) return null;
  return remainderNote({ sum: scores.reduce((sum, score) => sum + score, 0), total, remainder });
}

/** The text so far of an incomplete answer, while no other sequence is shown. */
export function partialAnswer({ sequence, generation }: Snapshot): string {
  return sequence === null ? partialText(generation) : '';
}

/** The text after the prompt, its label, and its state. Only a complete text can be explained. */
export interface Target {
  readonly text: string;
  readonly label: string;
  readonly is: 'complete' | 'writing' | 'stopped';
}

export function targetIn(snapshot: Snapshot): Target {
  const { sequence, generation } = snapshot;
  const label = sequence?.source === 'dataset' ? 'Target' : 'Response';
  const text = sequence?.text ?? partialAnswer(snapshot);
  if (sequence !== null || text === '') return { text, label, is: 'complete' };
  if (generation.status === 'pending') return { text, label, is: 'writing' };
  return { text, label: `${label}, incomplete`, is: 'stopped' };
}

/** How a selection was found again in a changed text. */
const CARRIED: Record<Way, string> = {
  same: '',
  text: 'the same text',
  line: 'the same line',
  place: 'the line at the same place',
  closest: 'the closest place, for the text has changed',
};

export function explainedIn({ tokens, state: { selection, versus }, carriedBy }: Snapshot): Explained | null {
  if (tokens.status !== 'ready' || selection === null) return null;
  return {
    text: textOfSet(tokens.value, selection),
    range: rangeText(selection),
    other: versus?.text ?? '',
    carried: CARRIED[carriedBy ?? 'same'],
  };
}

export function pointedIn(
  snapshot: Snapshot,
  derived: Derived,
  index: number | null,
  heat: ComparedHeat | null,
): Pointed | null {
  const { tokens, logprobs } = snapshot;
  const segment = index === null ? undefined : derived.segments[index];
  if (tokens.status !== 'ready' || index === null || segment === undefined) return null;
  const rank = derived.values && rankOf(derived.values, index);
  const known = logprobs.status === 'ready' ? logprobs.value : null;
  return {
    text: segment.text,
    range: rangeText([segment.tokens]),
    selected: derived.marks[index] !== OUT,
    rank,
    after: derived.values !== null && rank === null,
    share: derived.shares?.[index] ?? 0,
    removal: removalWords(snapshot, derived, index),
    other: otherScoreIn(snapshot, heat, index),
    tokens: tokenDetails(tokens.value, segment.tokens, known, MOST_TOKENS),
  };
}

/** The strongest segments, from the fields of `Derived` with these names; `other` is the text of a contrast. */
export function rankedIn(
  values: Float64Array | null,
  shares: Float64Array | null,
  segments: readonly Segment[],
  effects: Float64Array | null,
  other: string,
): Ranked[] {
  if (values === null || shares === null) return [];
  const most = effects?.reduce((a, b) => Math.max(a, Number.isNaN(b) ? 0 : Math.abs(b)), 0) ?? 0;
  const indices = strongestOf(values, MOST_RANKED);
  const largest = Math.abs(values[indices[0] ?? 0] ?? 1);
  return indices.map((index) => {
    const value = values[index] ?? 0;
    const text = segments[index]?.text ?? '';
    const effect = effects?.[index] ?? NaN;
    const removal = Number.isNaN(effect)
      ? null
      : { effect, size: Math.abs(effect) / (most || 1), words: effectSentence(effect, shorten(other, 20)) };
    return { index, text, value, share: shares[index] ?? 0, size: Math.abs(value) / largest, removal };
  });
}

/** The caption of a picture, which explains its colours. */
export function captionsFor(
  snapshot: Snapshot,
  { concentration, signed }: Derived,
  heat: ComparedHeat | null = null,
): string[] {
  const explained = explainedIn(snapshot);
  if (explained === null) return [];
  const { method, aggregation, scaling, granularity, certainty } = snapshot.state;
  const meaning =
    heat?.sideBySide === 'difference'
      ? `teal: the score is higher than in the ${snapshot.compared?.sides.before ?? ''} text, ochre: lower`
      : !signed
        ? 'stronger colour: depends on it more'
        : explained.other === ''
          ? 'teal supports the selection, ochre speaks against it'
          : 'teal speaks for the selection, ochre for the other text';
  const how = `${methodNamed(snapshot.methods, method)?.label ?? ''} of ${granularity.unit}, ${aggregation} of tokens, coloured by ${scaling}`;
  const against = explained.other === '' ? '' : ` against “${shorten(explained.other, 60)}”`;
  const first = `Explaining “${shorten(explained.text, 60)}”${against} · ${explained.range}`;
  const strongest = concentration
    ? ` · the strongest ${whole(concentration.strongest)} of ${whole(concentration.of)} hold ${percent(concentration.share)}`
    : '';
  const lines = 'Lines: how sure the model was; solid ≥ 90 %, dotted 50–90 %, dashed 10–50 %, wavy < 10 %';
  const passed = passOnIn(snapshot)?.on === true ? ' · what fell on the thinking is passed on' : '';
  const sure = certainty && snapshot.logprobs.status === 'ready' ? [lines] : [];
  return [`${first}${strongest}${passed}`, `${how} · ${meaning}`, ...sure];
}
