import type { SalienceStore } from '../core/state/store.js';
import type { Choices } from '../core/state/view-state.js';

/**
 * One set of display choices for all modules of a page. Views side by side are there to be compared, which needs the same
 * granularity and aggregation in all of them.
 */
export class SharedChoices {
  #choices: Choices;
  readonly #stores = new Set<SalienceStore>();

  constructor(choices: Choices = {}) {
    this.#choices = choices;
  }

  /** A module that joins later starts with the choices of the others. */
  join(store: SalienceStore): void {
    this.#stores.add(store);
    store.dispatch({ type: 'adjust', choices: this.#choices });
  }

  leave(store: SalienceStore): void {
    this.#stores.delete(store);
  }

  adjust(choices: Choices): void {
    this.#choices = { ...this.#choices, ...choices };
    for (const store of this.#stores) store.dispatch({ type: 'adjust', choices });
  }
}
