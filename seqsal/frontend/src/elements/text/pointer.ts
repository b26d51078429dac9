import type { Gesture } from '../../core/state/view-state.js';

/** What the pointer's gestures act on. */
export interface Drawable {
  /** The segment an event came from, or null. */
  segmentOf(event: Event): number | null;
  /** The segment at a point of the window, or null. */
  segmentAt(x: number, y: number): number | null;
  choose(index: number, how: Gesture): void;
  /** Shows what a drag would select. */
  draft(from: number, to: number, adding: boolean): void;
  /** Selects what was shown, or lets it go. */
  finish(taken: boolean): void;
  getBoundingClientRect(): DOMRect;
  scrollTop: number;
}

/** How near to an edge, in pixels, a drag scrolls the text. */
const EDGE = 24;
/** Pixels per frame at most. */
const PACE = 14;

/**
 * Click, Shift-click, Ctrl- or Cmd-click, and drawing a range with the mouse or a pen. A finger scrolls, and taps.
 *
 * With Alt the browser marks text to copy, as anywhere else.
 */
export class PointerGestures {
  readonly #on: Drawable;
  #from: number | null = null;
  #adding = false;
  #at = { x: 0, y: 0 };
  #frame = 0;
  /** Whether a range has been drawn since the button went down: then its release is no click. */
  #drawn = false;

  constructor(on: Drawable) {
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

  /** Marking text would begin here, and moving the focus: both are done by other means. */
  readonly mousedown = (event: MouseEvent): void => {
    if (event.button === 0 && !event.altKey) event.preventDefault();
  };

  readonly click = (event: MouseEvent): void => {
    if (this.#drawn || event.altKey) return;
    const index = this.#on.segmentOf(event);
    if (index === null) return;
    const several = event.ctrlKey || event.metaKey;
    this.#on.choose(index, event.shiftKey ? 'extend' : several ? 'toggle' : 'only');
  };

  readonly cancel = (): void => {
    if (this.drawing) this.#on.finish(false);
    this.#end();
  };

  readonly #move = (event: PointerEvent): void => {
    this.#at = { x: event.clientX, y: event.clientY };
    this.#reach();
    if (this.#drawn && this.#pull() !== 0 && this.#frame === 0) this.#frame = requestAnimationFrame(this.#scroll);
  };

  #reach(): void {
    const { top, bottom } = this.#on.getBoundingClientRect();
    const y = Math.min(bottom - 1, Math.max(top + 1, this.#at.y));
    const to = this.#on.segmentAt(this.#at.x, y);
    if (this.#from === null || to === null || (to === this.#from && !this.#drawn)) return;
    this.#drawn = true;
    this.#on.draft(this.#from, to, this.#adding);
  }

  /** How far the text should scroll in this frame: the nearer to the edge, or beyond it, the more. */
  #pull(): number {
    const { top, bottom } = this.#on.getBoundingClientRect();
    const over = Math.max(0, this.#at.y - (bottom - EDGE)) - Math.max(0, top + EDGE - this.#at.y);
    return Math.sign(over) * Math.min(PACE, Math.abs(over) / 2);
  }

  readonly #scroll = (): void => {
    const pull = this.#pull();
    this.#frame = 0;
    if (this.#from === null || pull === 0) return;
    this.#on.scrollTop += pull;
    this.#reach();
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
