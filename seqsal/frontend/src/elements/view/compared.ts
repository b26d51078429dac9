// What is shown of the view next to this one: whose heat, and how likely the selection is in both.
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { textOfSet } from '../../core/scores/token-details.js';
import { likelihood } from '../../core/scores/wording.js';
import type { ComparedHeat } from '../../core/state/compared-heat.js';
import type { Derived } from '../../core/state/derive.js';
import type { ShownChanges } from '../../core/state/shown-changes.js';
import type { Snapshot, ViewedText } from '../../core/state/snapshot.js';
import { logprob, percent, score } from '../common/format.js';
import '../panels/changes.js';
import type { LikelihoodChange } from '../panels/findings.js';

/** Percentages below this are shown as log-probabilities. */
const LEAST_PERCENT = 0.001;

const NOT_COMPARED = { sides: { before: '', after: '' }, isBefore: true };

/** What is painted: the heat itself, or the heat compared with that of the view next to it. */
export function paintedIn(derived: Derived, heat: ComparedHeat | null): Derived {
  return heat === null ? derived : { ...derived, levels: heat.levels, signed: heat.signed };
}

export function renderChanges(
  changes: ShownChanges | null,
  heat: ComparedHeat | null,
  { state }: Snapshot,
  onStep: (direction: 1 | -1) => void,
): TemplateResult {
  return html`<seqsal-changes
    .changes=${changes}
    .sideBySide=${state.sideBySide}
    .obstacle=${heat?.obstacle ?? ''}
    @seqsal-change=${(event: CustomEvent<1 | -1>) => {
      onStep(event.detail);
    }}
  ></seqsal-changes>`;
}

/** The score of a segment in the other text, in words; '' if it is unknown. */
export function otherScoreIn(snapshot: Snapshot, heat: ComparedHeat | null, index: number): string {
  const value = heat?.otherValues?.[index];
  if (value === undefined || Number.isNaN(value)) return '';
  const { sides, isBefore } = snapshot.compared ?? NOT_COMPARED;
  const other = isBefore ? sides.before : sides.after;
  return value === null ? `not in the ${other} one` : `${other}: ${score(value)}`;
}

/** How likely the selection is in both answers; null if they do not both hold it. */
export function likelihoodIn(snapshot: Snapshot): LikelihoodChange | null {
  const { compared } = snapshot;
  if (compared === null || snapshot.state.versus !== null) return null;
  const [own, other] = [selectedIn(snapshot), selectedIn(compared.other)];
  if (own?.text !== other?.text || !own || !other) return null;
  const [first, second] = compared.isBefore ? [other.logprob, own.logprob] : [own.logprob, other.logprob];
  const tiny = Math.exp(Math.min(first, second)) < LEAST_PERCENT;
  return {
    text: own.text,
    sides: compared.sides,
    measure: tiny ? 'log-probability' : 'likely',
    first: tiny ? logprob(first) : percent(Math.exp(first)),
    second: tiny ? logprob(second) : percent(Math.exp(second)),
    verdict: likelihood(first - second),
  };
}

/** A selection with its log-probability, without white space around it; null if any of it is not in the answer. */
function selectedIn({ tokens, state, logprobs }: ViewedText): { text: string; logprob: number } | null {
  if (state.selection === null || tokens.status !== 'ready' || logprobs.status !== 'ready') return null;
  let sum = 0;
  for (const { start, end } of state.selection) {
    for (let i = start; i < end; i++) sum += logprobs.value[i] ?? NaN;
  }
  return Number.isNaN(sum) ? null : { text: textOfSet(tokens.value, state.selection).trim(), logprob: sum };
}
