import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { Snapshot } from '../../core/state/snapshot.js';
import type { Outcome, SaveOption } from '../toolbar/saving.js';
import '../toolbar/toolbar.js';
import { isConversation } from './messages.js';

export function renderToolbar(
  snapshot: Snapshot,
  saveOptions: readonly SaveOption[],
  outcome: Outcome,
  onSave: (event: CustomEvent<SaveOption>) => void,
): TemplateResult {
  return html`<seqsal-toolbar
    .sequences=${snapshot.sequences}
    .sequence=${snapshot.sequence}
    .generating=${snapshot.generation.status === 'pending'}
    .methods=${snapshot.methods}
    .state=${snapshot.state}
    ?conversation=${isConversation(snapshot)}
    ?stoppable=${snapshot.offers.stop}
    .problem=${snapshot.pattern.status === 'error' ? snapshot.pattern.reason : ''}
    .saveOptions=${saveOptions}
    .outcome=${outcome}
    @seqsal-save=${onSave}
  ></seqsal-toolbar>`;
}
