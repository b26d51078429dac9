import type { SeqsalText } from '../text/text.js';

/** How long after the last wheel, key or drag a text may still move because of it: some devices let it roll on. */
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
 * Tells a user's scrolling from the page's own, so that only the first moves the view beside this one.
 *
 * A text also moves when its view turns to an answer, when it is put in anew, and when a line of status at its foot comes
 * and goes. The events of scrolling are all alike, so what the user does is watched instead.
 */
export class UserScroll {
  #until = 0;
  #text: SeqsalText | null = null;
  #answer: object | null = null;
  /** Whether the view has turned to its answer, and the user has not turned away since. */
  #atAnswer = false;
  /** Whether the answer is still written. */
  #grows = false;
  #width = 0;
  /**
   * A text that grows narrower grows longer, and its answer would slip out of sight. Lines at its foot move nothing, but
   * for an answer that is still written: they would hide what is new.
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
   * Brings each new answer into view, once: at the end of a long prompt it would be out of sight. The end of one that is
   * still written stays in view while it grows, unless the user turns away.
   */
  async turnTo(answer: object | null, grows: boolean): Promise<void> {
    const same = answer === this.#answer;
    [this.#answer, this.#grows] = [answer, grows];
    if (answer === null || (same && !grows)) return;
    await this.#text?.updateComplete;
    if (!same) this.#atAnswer = true;
    if (this.#atAnswer) this.#text?.revealTarget(grows);
  }

  /** A listener for wheel, touchmove, keydown, pointerdown and pointermove on the text and what is beside it. */
  readonly input = {
    handleEvent: (event: Event): void => {
      if (mayScroll(event)) this.begin();
    },
    passive: true,
  };

  /** The user has asked for something that scrolls. */
  begin(): void {
    this.#atAnswer = false;
    this.#until = performance.now() + WINDOW_MS;
  }

  /** To be called at each scroll event: whether it is the user's. */
  happened(): boolean {
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
  // On a segment it selects; on the scroll bar, which is the scrolling element itself, and on the overview it scrolls.
  const [inner] = event.composedPath();
  return inner instanceof Element && (inner.matches('seqsal-text, seqsal-overview') || inner.matches('canvas'));
}
