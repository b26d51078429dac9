import type { SalienceStore } from '../../core/state/store.js';

/** What one module of the page shows. */
export interface ComparableView {
  readonly model: string;
  readonly pinned: boolean;
}

/** Tells each module which text is next to its own: that of the pinned example for the selected one, and the reverse. */
export class SharedComparisons {
  readonly #views = new Map<SalienceStore, () => ComparableView>();

  join(store: SalienceStore, view: () => ComparableView): void {
    this.#views.set(store, view);
    this.update();
  }

  leave(store: SalienceStore): void {
    if (!this.#views.delete(store)) return;
    store.compareWith(null);
    this.update();
  }

  /** Call this when a module shows another text. */
  update(): void {
    const views = [...this.#views].map(([store, view]) => ({ store, ...view() }));
    for (const { store, model, pinned } of views) {
      const other = views.find((each) => each.model === model && each.pinned !== pinned);
      const tokens = other?.store.snapshot.tokens;
      store.compareWith(tokens?.status === 'ready' ? { text: tokens.value, isBefore: !pinned } : null);
    }
  }
}
