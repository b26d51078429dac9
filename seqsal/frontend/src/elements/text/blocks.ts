import { layOut } from './layout.js';
import type { Block, Piece } from './layout.js';

/** One of the two texts: where it goes, and its pieces [first, end). */
export interface Flow {
  readonly element: HTMLElement;
  readonly first: number;
  readonly end: number;
}

/**
 * Lays long texts out in blocks of lines. The browser passes over blocks that are out of sight.
 *
 * To lay out 32,000 segments takes it a third of a second, and the few in sight a hundredth. What it passes over takes as
 * much room as was measured: at once where a text is new, and again while the page is idle, as other segments may move its lines.
 */
export class TextBlocks {
  readonly #measured: () => void;
  #blocks: readonly Block[] = [];
  #pieces: readonly Piece[] = [];
  /** How high a block is, by its text: the same lines are about as high again when they are cut in other segments. */
  #heights = new Map<string, number>();
  /** How far below its top the pieces of a block begin. */
  #tops = new Map<Block, Float32Array>();
  #stop: () => void = () => undefined;
  #width = 0;
  readonly #resized = new ResizeObserver(([entry]) => {
    const width = entry?.contentRect.width ?? 0;
    if (width === this.#width) return;
    this.#width = width;
    this.remeasure();
  });

  /** `measured` is called when the places of all pieces are exact. */
  constructor(measured: () => void) {
    this.#measured = measured;
  }

  fill(flows: readonly Flow[], pieces: readonly Piece[]): void {
    this.stop();
    this.#pieces = pieces;
    this.#blocks = flows.flatMap(({ element, first, end }) => layOut(element, pieces, first, end));
    this.#takeRoom();
    this.remeasure();
  }

  /** To be called when the lines are set in another way, for what was measured is then only about right; and after `stop`. */
  remeasure(): void {
    this.#tops.clear();
    this.#stop();
    const waiting = [...this.#blocks];
    if (!waiting[0]) return;
    this.#resized.observe(waiting[0].outer);
    this.#stop = whenIdle(() => {
      const block = waiting.pop();
      if (block) this.#measure(block);
      if (waiting.length === 0) this.#measured();
      return waiting.length > 0;
    });
  }

  stop(): void {
    this.#stop();
    this.#resized.disconnect();
  }

  /** The upper edge of each piece in the window; about, where it has not been measured. */
  tops(): Float64Array {
    const tops = new Float64Array(this.#pieces.length).fill(NaN);
    for (const block of this.#blocks) {
      const { top, height } = block.outer.getBoundingClientRect();
      const within = this.#tops.get(block);
      for (let i = block.first; i < block.end; i++) {
        const at = i - block.first;
        tops[i] = top + (within?.[at] ?? (height * at) / (block.end - block.first));
      }
    }
    return tops.map((top, i) => (Number.isNaN(top) ? (this.#topOf(i) ?? 0) : top));
  }

  /** Runs something that has to see where all of the text is. */
  whole<T>(act: () => T): T {
    for (const { outer } of this.#blocks) outer.classList.add('open');
    try {
      return act();
    } finally {
      for (const { outer } of this.#blocks) outer.classList.remove('open');
    }
  }

  /** Blocks that are not known yet are laid out once, and then all take the room that they need. */
  #takeRoom(): void {
    const unknown = this.#blocks.filter(({ inner }) => !this.#heights.has(inner.textContent));
    for (const { outer } of unknown) outer.classList.add('open');
    for (const { inner } of unknown) this.#note(inner);
    for (const { inner, outer } of this.#blocks) setRoom(outer, this.#heights.get(inner.textContent));
    for (const { outer } of unknown) outer.classList.remove('open');
  }

  /** The height that a block really has. A module that is folded away has none. */
  #note(inner: HTMLElement): number | undefined {
    const { height } = inner.getBoundingClientRect();
    if (height > 0) this.#heights.set(inner.textContent, height);
    return this.#heights.get(inner.textContent);
  }

  #measure(block: Block): void {
    const { top } = block.inner.getBoundingClientRect();
    const tops = Float32Array.from({ length: block.end - block.first }, (_, i) => {
      return (this.#topOf(block.first + i) ?? top) - top;
    });
    this.#tops.set(block, tops);
    setRoom(block.outer, this.#note(block.inner));
  }

  #topOf(index: number): number | undefined {
    return this.#pieces[index]?.span.getBoundingClientRect().top;
  }
}

/** Nothing is written where nothing changes: that would lay the page out again. */
function setRoom({ style }: HTMLElement, height: number | undefined): void {
  const room = height === undefined ? '' : `${String(height)}px`;
  if (style.containIntrinsicBlockSize !== room) style.containIntrinsicBlockSize = room;
}

/** Milliseconds of work before the page gets its turn. */
const SLICE_MS = 6;

/** Runs `step` again and again while the page has nothing else to do, until it says false. The result stops it. */
export function whenIdle(step: () => boolean): () => void {
  let stopped = false;
  const slice = (): void => {
    const until = performance.now() + SLICE_MS;
    let more = !stopped;
    while (more && performance.now() < until) more = step();
    if (more) later(slice);
  };
  later(slice);
  return () => {
    stopped = true;
  };
}

/** Safari has no idle callbacks. */
function later(act: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(act);
  else setTimeout(act, 50);
}
