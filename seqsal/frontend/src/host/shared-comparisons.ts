import type { Sides } from '../core/state/snapshot.js';
import type { SalienceStore } from '../core/state/store.js';
import type { AlignedPlace } from '../elements/view/aligned-scroll.js';

/** What one module of the page shows. */
export interface ComparableView {
  readonly model: string;
  readonly pinned: boolean;
  /** Scrolls it level with the view next to it. */
  readonly alignTo: (place: AlignedPlace) => void;
}

/** Gives each module the view next to its own: that of the pinned example for the selected one, and the reverse. */
export class SharedComparisons {
  readonly #sides: Sides;
  readonly #views = new Map<SalienceStore, () => ComparableView>();

  constructor(sides: Sides) {
    this.#sides = sides;
  }

  join(store: SalienceStore, view: () => ComparableView): void {
    this.#views.set(store, view);
    this.update();
  }

  leave(store: SalienceStore): void {
    if (!this.#views.delete(store)) return;
    store.compareWith(null);
    this.update();
  }

  /** Call this when the user scrolls a module. */
  scrolled(store: SalienceStore, place: AlignedPlace): void {
    const own = this.#views.get(store)?.();
    for (const view of this.#views.values()) {
      const { model, pinned, alignTo } = view();
      if (model === own?.model && pinned !== own.pinned) alignTo(place);
    }
  }

  /** Call this when a module shows another text. */
  update(): void {
    const views = [...this.#views].map(([store, view]) => ({ store, ...view() }));
    for (const { store, model, pinned } of views) {
      const other = views.find((each) => each.model === model && each.pinned !== pinned);
      const shown = other?.store.snapshot;
      store.compareWith(
        shown?.tokens.status === 'ready' ? { other: shown, isBefore: !pinned, sides: this.#sides } : null,
      );
    }
  }
}
