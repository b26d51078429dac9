import type { SalienceStore } from '../../core/state/store.js';
import type { Choices } from '../../core/state/view-state.js';

/**
 * One set of display choices for all modules of a page. Views stand side by side to be compared, and words beside
 * sentences, or a sum beside a mean, compare nothing.
 */
export class SharedChoices {
  #choices: Choices;
  readonly #stores = new Set<SalienceStore>();

  constructor(choices: Choices = {}) {
    this.#choices = choices;
  }

  /** A module that comes later starts with what the others show. */
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
