import type { Gesture } from '../../core/state/view-state.js';

/** What the keys act on. */
export interface Steerable {
  segmentOf(event: Event): number | null;
  /** Where a key leads to from a segment, or null if it is not one that moves. */
  step(key: string, from: number): number | null;
  focusSegment(index: number): void;
  choose(index: number, how: Gesture): void;
  /** False where nothing is selected. */
  deselect(): boolean;
  /** Where the selection began, or null. */
  anchor(): number | null;
  /** Shows what would be selected. */
  draft(from: number, to: number, adding: boolean): void;
  /** Selects what was shown, or lets it go. */
  finish(taken: boolean): void;
}

/**
 * Arrows move, Enter or Space selects, Ctrl or Cmd with it puts to the selection or takes from it, Escape clears.
 *
 * Shift with arrows draws a range, which is explained when Shift is let go: each step on the way would be a request.
 */
export class KeyGestures {
  readonly #on: Steerable;
  #from: number | null = null;

  constructor(on: Steerable) {
    this.#on = on;
  }

  readonly down = (event: KeyboardEvent): void => {
    const at = this.#on.segmentOf(event);
    if (at === null || event.altKey || !this.#act(event, at)) return;
    event.preventDefault();
    // LIT leaves its full screen on Escape; a key that did something here is not also for the page.
    event.stopPropagation();
  };

  readonly up = (event: KeyboardEvent): void => {
    if (event.key === 'Shift') this.finish();
  };

  /** Takes what is drawn, if anything is. */
  readonly finish = (): void => {
    if (this.#from === null) return;
    this.#from = null;
    this.#on.finish(true);
  };

  /** Whether the key means something on segment `at`. */
  #act(event: KeyboardEvent, at: number): boolean {
    const several = event.ctrlKey || event.metaKey;
    if (event.key === 'Escape') return this.#drop() || this.#on.deselect();
    if (event.key === 'Enter' || event.key === ' ') {
      this.#on.choose(at, event.shiftKey ? 'extend' : several ? 'toggle' : 'only');
      return true;
    }
    if (several) return false;
    const to = this.#on.step(event.key, at);
    if (to === null) return false;
    this.#on.focusSegment(to);
    if (event.shiftKey) {
      this.#from ??= this.#on.anchor() ?? at;
      this.#on.draft(this.#from, to, false);
    }
    return true;
  }

  #drop(): boolean {
    if (this.#from === null) return false;
    this.#from = null;
    this.#on.finish(false);
    return true;
  }
}
