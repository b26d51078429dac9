import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { ComparedHeat } from '../../core/state/compared-heat.js';
import type { Derived } from '../../core/state/derive.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import '../panels/actions.js';
import '../panels/edit-bar.js';
import '../panels/findings.js';
import '../panels/legend.js';
import '../panels/notes.js';
import '../panels/readout.js';
import '../panels/status.js';
import '../panels/trail.js';
import type { ShownTrail } from '../panels/trail.js';
import { actionsIn, checkIn, contrastIn, sidesIn } from './check-parts.js';
import { likelihoodIn } from './compared.js';
import { hintFor } from './hints.js';
import { omittedIn, plainIn } from './messages.js';
import { explainedIn, notesIn, pointedIn, remainderIn } from './parts.js';
import { partsIn, passOnIn } from './thinking.js';

const REQUESTS = ['generation', 'tokens', 'salience', 'logprobs', 'check', 'contrast', 'comparison'] as const;

/** The requests to show: an error with the same reason as an earlier one would only repeat it. */
function shownRequests(snapshot: Snapshot): readonly (typeof REQUESTS)[number][] {
  const reasons = new Set<string>();
  return REQUESTS.filter((kind) => {
    const request = snapshot[kind];
    if (request.status !== 'error') return true;
    const repeats = reasons.has(request.reason);
    reasons.add(request.reason);
    return !repeats;
  });
}

function renderRequests(snapshot: Snapshot): TemplateResult[] {
  return shownRequests(snapshot).map(
    (kind) => html`<seqsal-status work=${kind} .request=${snapshot[kind]} .final=${snapshot.final}></seqsal-status>`,
  );
}

function renderEditBar({ offers, edit, editProblem, comparison }: Snapshot): TemplateResult {
  const shown = comparison.status === 'error' && comparison.reason === editProblem;
  return html`<seqsal-edit-bar
    .problem=${shown ? '' : editProblem}
    .edit=${offers.comparison ? edit : null}
    ?replaces=${offers.replacement}
    ?busy=${comparison.status === 'pending'}
  ></seqsal-edit-bar>`;
}

function renderFindings(snapshot: Snapshot, derived: Derived): TemplateResult {
  return html`<seqsal-findings
      .contrast=${contrastIn(snapshot)}
      .check=${checkIn(snapshot, derived)}
      .likelihood=${likelihoodIn(snapshot)}
    ></seqsal-findings>
    <seqsal-notes
      .notes=${notesIn(snapshot)}
      .remainder=${remainderIn(snapshot)}
      .demonstration=${snapshot.demonstration}
      .plain=${plainIn(snapshot)}
      .omitted=${omittedIn(snapshot)}
    ></seqsal-notes>
    <slot name="notes"></slot>`;
}

/** What the view knows besides the snapshot. */
export interface Shown {
  /** The index of the segment under the pointer or the focus. */
  readonly pointed: number | null;
  readonly heat: ComparedHeat | null;
  readonly trail: ShownTrail | null;
}

/** Everything below the text: requests, findings, notes, the readout with the next steps, and the legend. */
export function renderFooter(
  snapshot: Snapshot,
  derived: Derived,
  { pointed, heat, trail }: Shown,
  onCheck: () => void,
): TemplateResult {
  const { check, obstacle, comparable, other } = actionsIn(snapshot, derived);
  return html`${renderRequests(snapshot)} ${renderEditBar(snapshot)}
    <seqsal-trail .trail=${trail}></seqsal-trail>
    ${renderFindings(snapshot, derived)}
    <footer>
      <seqsal-readout
        .explained=${explainedIn(snapshot)}
        .concentration=${derived.concentration}
        .parts=${partsIn(snapshot, derived)}
        .pointed=${pointedIn(snapshot, derived, pointed, heat)}
        .hint=${hintFor(snapshot)}
      ></seqsal-readout>
      <seqsal-actions
        .check=${check}
        .obstacle=${obstacle}
        .comparable=${comparable}
        .other=${other}
        .passOn=${passOnIn(snapshot)}
        @seqsal-check=${onCheck}
      ></seqsal-actions>
      <seqsal-legend
        class=${derived.values ? '' : 'idle'}
        .signed=${heat?.signed ?? derived.signed}
        .difference=${heat?.sideBySide === 'difference' ? (snapshot.compared?.sides ?? null) : null}
        .sides=${sidesIn(snapshot)}
      ></seqsal-legend>
    </footer>`;
}
