import { MOST_EDITED } from '../../core/state/edit.js';
import { editBetween, promptOfEdit } from '../../core/state/edited-prompt.js';
import type { SalienceStore } from '../../core/state/store.js';
import type { PromptPlace } from './unsent-prompts.js';

/** One of our views as a place where a prompt can be changed. `exampleId` returns the id of what it shows. */
export function viewPlace(store: SalienceStore, exampleId: () => string | null): PromptPlace {
  return {
    get example() {
      return store.snapshot.offers.comparison ? exampleId() : null;
    },
    read() {
      const { example, tokens, edit } = store.snapshot;
      return example && tokens.status === 'ready' ? promptOfEdit(example.prompt, tokens.value, edit) : undefined;
    },
    write(prompt) {
      const { example, tokens, edit } = store.snapshot;
      if (example === null || tokens.status !== 'ready') return;
      const next = prompt === null ? null : editBetween(example.prompt, tokens.value, prompt, edit);
      if (next !== edit && (next?.text.length ?? 0) <= MOST_EDITED) store.dispatch({ type: 'edit', edit: next });
    },
  };
}
