import { revealSpan } from '../text/scroll.js';
import type { SeqsalText } from '../text/text.js';

/** How long after the last wheel, key or drag a text may still scroll because of it: some devices have inertia. */
const WINDOW_MS = 800;
const ROLLING_MS = 200;
const KEYS = new Set([
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'PageUp',
  'PageDown',
  'Home',
  'End',
  'n',
  'p',
]);

/**
 * Distinguishes scrolling by the user from scrolling by the page, so that only the first scrolls the view next to this one.
 *
 * A text also scrolls when its view reveals an answer, when it is rebuilt, and when a status line below it appears or disappears.
 * Scroll events do not show their cause, so this class observes the user's input instead.
 */
export class UserScroll {
  #until = 0;
  #text: SeqsalText | null = null;
  #answer: object | null = null;
  /** Whether the view has revealed its answer and the user has not scrolled since. */
  #atAnswer = false;
  /** Whether the answer is still growing. */
  #grows = false;
  #width = 0;
  /** Whether there are findings below the text. */
  #panels = 0;
  /**
   * A narrower text is longer, so its answer would move out of view. A status line below the text moves nothing, but it would hide
   * new text of a growing answer.
   */
  readonly #resized = new ResizeObserver(([entry]) => {
    const width = entry?.contentRect.width ?? 0;
    if (this.#atAnswer && (this.#grows || width !== this.#width)) this.#text?.revealTarget(this.#grows);
    this.#width = width;
  });

  watch(text: SeqsalText | null): void {
    if (text === this.#text) return;
    this.#resized.disconnect();
    this.#text = text;
    if (text) this.#resized.observe(text);
  }

  /**
   * Reveals each new answer once: after a long prompt it would be out of view. The end of a growing answer stays in view unless the
   * user scrolls.
   */
  async revealAnswer(answer: object | null, grows: boolean): Promise<void> {
    const same = answer === this.#answer;
    [this.#answer, this.#grows] = [answer, grows];
    if (answer === null || (same && !grows)) return;
    await this.#text?.updateComplete;
    if (!same) this.#atAnswer = true;
    if (this.#atAnswer) this.#text?.revealTarget(grows);
  }

  /** Keeps a revealed answer, or the field that the user edits, in view when more panels take their room from the text. */
  async keepInView(panels: number, edits: boolean): Promise<void> {
    const appeared = panels > this.#panels;
    this.#panels = panels;
    if (edits) this.#atAnswer = false;
    if (!appeared) return;
    await this.#text?.updateComplete;
    requestAnimationFrame(() => {
      const field = edits ? this.#text?.renderRoot.querySelector('.field') : null;
      if (this.#atAnswer) this.#text?.revealTarget(this.#grows);
      else if (this.#text && field && field.clientHeight <= this.#text.clientHeight) revealSpan(this.#text, field);
    });
  }

  /** A listener for wheel, touchmove, keydown, pointerdown and pointermove on the text and the overview. */
  readonly input = {
    handleEvent: (event: Event): void => {
      if (mayScroll(event)) this.userActed();
    },
    passive: true,
  };

  /** Call this when the user does something that scrolls. */
  userActed(): void {
    this.#atAnswer = false;
    this.#until = performance.now() + WINDOW_MS;
  }

  /** Call this at each scroll event. Returns whether the user caused it. */
  isUserScroll(): boolean {
    const now = performance.now();
    if (now > this.#until) return false;
    this.#until = Math.max(this.#until, now + ROLLING_MS);
    return true;
  }
}

function mayScroll(event: Event): boolean {
  if (event instanceof KeyboardEvent) return KEYS.has(event.key);
  if (event.type === 'pointermove') return (event as PointerEvent).buttons !== 0;
  if (event.type !== 'pointerdown') return true;
  // On a segment it selects. On the scroll bar, whose target is the scrolling element, and on the overview it scrolls.
  const [inner] = event.composedPath();
  return inner instanceof Element && (inner.matches('seqsal-text, seqsal-overview') || inner.matches('canvas'));
}
