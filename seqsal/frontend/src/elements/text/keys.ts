import type { Gesture } from '../../core/state/view-state.js';

/** The target of keyboard gestures. */
export interface KeyTarget {
  segmentOf(event: Event): number | null;
  /** The segment that a key moves to, or null if it is not a navigation key. */
  step(key: string, from: number): number | null;
  focusSegment(index: number): void;
  choose(index: number, how: Gesture): void;
  /** Returns false if nothing is selected. */
  deselect(): boolean;
  /** The segment where the selection starts, or null. */
  anchor(): number | null;
  /** Shows what would be selected. */
  draft(from: number, to: number, adding: boolean): void;
  /** Selects the draft, or discards it. */
  finish(accepted: boolean): void;
}

/**
 * Arrows move, Enter or Space selects, with Ctrl or Cmd they add or remove a segment, Escape clears the selection.
 *
 * Shift with arrows drafts a range, which is selected when Shift is released. Otherwise each step would cause a request.
 */
export class KeyGestures {
  readonly #on: KeyTarget;
  #from: number | null = null;

  constructor(on: KeyTarget) {
    this.#on = on;
  }

  readonly down = (event: KeyboardEvent): void => {
    const at = this.#on.segmentOf(event);
    if (at === null || event.altKey || !this.#act(event, at)) return;
    event.preventDefault();
    // A key that is handled here must not reach the page: LIT leaves full screen on Escape.
    event.stopPropagation();
  };

  readonly up = (event: KeyboardEvent): void => {
    if (event.key === 'Shift') this.finish();
  };

  /** Selects the draft, if there is one. */
  readonly finish = (): void => {
    if (this.#from === null) return;
    this.#from = null;
    this.#on.finish(true);
  };

  /** Handles a key on segment `at`. Returns whether it has a meaning. */
  #act(event: KeyboardEvent, at: number): boolean {
    const several = event.ctrlKey || event.metaKey;
    if (event.key === 'Escape') return this.#discard() || this.#on.deselect();
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

  #discard(): boolean {
    if (this.#from === null) return false;
    this.#from = null;
    this.#on.finish(false);
    return true;
  }
}
