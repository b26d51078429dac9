import type { OrphanedEdit } from '../../core/state/edit.js';
import { keptEdits } from '../kept-edits.js';
import { readKey } from './host.js';
import type { LitModuleElement } from './types.js';

/**
 * The kept edits of the module's model and dataset whose examples are gone: deleted, or lost with a server that stores nothing. A module
 * with the pinned example lists none, since the one next to it does.
 */
export function orphanedEdits({ model, appState, selectionServiceIndex }: LitModuleElement): OrphanedEdit[] {
  const examples = appState.currentInputData ?? [];
  if (selectionServiceIndex === 1 || examples.length === 0) return [];
  const known = new Set(examples.map(({ id }) => id));
  return keptEdits.keys().flatMap((key) => {
    const [of, text] = [readKey(key), keptEdits.get(key)?.text];
    if (of?.model !== model || of.dataset !== appState.currentDataset || known.has(of.id)) return [];
    return text === undefined ? [] : [{ key, prompt: of.prompt, text }];
  });
}
