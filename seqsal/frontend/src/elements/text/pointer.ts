import type { Gesture } from '../../core/state/view-state.js';

/** The target of pointer gestures. */
export interface PointerTarget {
  /** The segment of an event, or null. */
  segmentOf(event: Event): number | null;
  /** The segment at a point of the window, or null. */
  segmentAt(x: number, y: number): number | null;
  choose(index: number, how: Gesture): void;
  /** Whether a double click edits a segment. */
  edits(index: number): boolean;
  /** Shows what a drag would select. */
  draft(from: number, to: number, adding: boolean): void;
  /** Selects the draft, or discards it. */
  finish(accepted: boolean): void;
  getBoundingClientRect(): DOMRect;
  scrollTop: number;
}

/** The distance from an edge, in pixels, within which a drag scrolls the text. */
const EDGE = 24;
/** The maximum scroll speed, in pixels per frame. */
const PACE = 14;

/**
 * Handles click, Shift-click, Ctrl- or Cmd-click, and dragging a range with a mouse or a pen. Touch scrolls and taps.
 *
 * With Alt the browser's own text selection works, for copying.
 */
export class PointerGestures {
  readonly #on: PointerTarget;
  #from: number | null = null;
  #adding = false;
  #at = { x: 0, y: 0 };
  #frame = 0;
  /** Whether a range has been drawn since the button was pressed: then its release is not a click. */
  #drawn = false;

  constructor(on: PointerTarget) {
    this.#on = on;
  }

  get drawing(): boolean {
    return this.#from !== null && this.#drawn;
  }

  readonly down = (event: PointerEvent): void => {
    this.#drawn = false;
    if (event.button !== 0 || event.pointerType === 'touch' || event.altKey || event.shiftKey) return;
    this.#from = this.#on.segmentOf(event);
    this.#adding = event.ctrlKey || event.metaKey;
    if (this.#from === null) return;
    window.addEventListener('pointermove', this.#move);
    window.addEventListener('pointerup', this.#up);
    window.addEventListener('pointercancel', this.cancel);
  };

  /** Prevents the browser's text selection and focus change, which other code handles. */
  readonly mousedown = (event: MouseEvent): void => {
    if (event.button === 0 && !event.altKey) event.preventDefault();
  };

  readonly click = (event: MouseEvent): void => {
    if (this.#drawn || event.altKey) return;
    const index = this.#on.segmentOf(event);
    if (index === null) return;
    // The second click of a double click in the prompt begins an edit.
    if (event.detail > 1 && this.#on.edits(index)) return;
    const several = event.ctrlKey || event.metaKey;
    this.#on.choose(index, event.shiftKey ? 'extend' : several ? 'toggle' : 'only');
  };

  readonly cancel = (): void => {
    if (this.drawing) this.#on.finish(false);
    this.#end();
  };

  readonly #move = (event: PointerEvent): void => {
    this.#at = { x: event.clientX, y: event.clientY };
    this.#extend();
    if (this.#drawn && this.#scrollSpeed() !== 0 && this.#frame === 0)
      this.#frame = requestAnimationFrame(this.#scroll);
  };

  #extend(): void {
    const { top, bottom } = this.#on.getBoundingClientRect();
    const y = Math.min(bottom - 1, Math.max(top + 1, this.#at.y));
    const to = this.#on.segmentAt(this.#at.x, y);
    if (this.#from === null || to === null || (to === this.#from && !this.#drawn)) return;
    this.#drawn = true;
    this.#on.draft(this.#from, to, this.#adding);
  }

  /** How far the text scrolls in this frame: the closer to the edge, or the farther beyond it, the more. */
  #scrollSpeed(): number {
    const { top, bottom } = this.#on.getBoundingClientRect();
    const over = Math.max(0, this.#at.y - (bottom - EDGE)) - Math.max(0, top + EDGE - this.#at.y);
    return Math.sign(over) * Math.min(PACE, Math.abs(over) / 2);
  }

  readonly #scroll = (): void => {
    const speed = this.#scrollSpeed();
    this.#frame = 0;
    if (this.#from === null || speed === 0) return;
    this.#on.scrollTop += speed;
    this.#extend();
    this.#frame = requestAnimationFrame(this.#scroll);
  };

  readonly #up = (): void => {
    if (this.drawing) this.#on.finish(true);
    this.#end();
  };

  #end(): void {
    this.#from = null;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    window.removeEventListener('pointermove', this.#move);
    window.removeEventListener('pointerup', this.#up);
    window.removeEventListener('pointercancel', this.cancel);
  }
}
