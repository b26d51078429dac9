import type { Segment } from '../../core/text/segment.js';
import { layOut } from './layout.js';
import type { Block, Piece } from './layout.js';

/** The prompt, one of its messages, or the target: its element, and its pieces [first, end). */
export interface Flow {
  readonly element: HTMLElement;
  readonly first: number;
  readonly end: number;
}

/** The flows of a plain prompt and its target. */
export function plainFlows(prompt: HTMLElement, target: HTMLElement, segments: readonly Segment[]): Flow[] {
  const border = segments.findIndex(({ region }) => region === 'target');
  const middle = border < 0 ? segments.length : border;
  return [
    { element: prompt, first: 0, end: middle },
    { element: target, first: middle, end: segments.length },
  ];
}

/**
 * Lays out long texts in blocks of lines. The browser skips blocks that are out of view.
 *
 * The layout of 32,000 segments takes a third of a second, and of the few in view a hundredth. A skipped block has its measured
 * height: a new text is measured at once, and again when the page is idle, because other segments may move its lines.
 */
export class TextBlocks {
  readonly #measured: () => void;
  #blocks: readonly Block[] = [];
  #pieces: readonly Piece[] = [];
  /** The height of a block, by its text: the same lines have about the same height with other segments. */
  #heights = new Map<string, number>();
  /** The offset of each piece from the top of its block. */
  #tops = new Map<Block, Float32Array>();
  #stop: () => void = () => undefined;
  #width = 0;
  readonly #resized = new ResizeObserver(([entry]) => {
    const width = entry?.contentRect.width ?? 0;
    if (width === this.#width) return;
    this.#width = width;
    this.remeasure();
  });

  /** `measured` is called when the positions of all pieces are exact. */
  constructor(measured: () => void) {
    this.#measured = measured;
  }

  fill(flows: readonly Flow[], pieces: readonly Piece[]): void {
    this.stop();
    this.#pieces = pieces;
    this.#blocks = flows.flatMap(({ element, first, end }) => layOut(element, pieces, first, end));
    this.#reserveHeights();
    this.remeasure();
  }

  /** Call this when lines may have moved, because earlier measurements are then only approximate; and after `stop`. */
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

  /** The upper edge of each piece in the window; approximate before it is measured. */
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

  /** Runs a function that needs the layout of the whole text. */
  whole<T>(act: () => T): T {
    for (const { outer } of this.#blocks) outer.classList.add('open');
    try {
      return act();
    } finally {
      for (const { outer } of this.#blocks) outer.classList.remove('open');
    }
  }

  /** Lays out new blocks once, then sets the height of all blocks. */
  #reserveHeights(): void {
    const unknown = this.#blocks.filter(({ inner }) => !this.#heights.has(inner.textContent));
    for (const { outer } of unknown) outer.classList.add('open');
    for (const { inner } of unknown) this.#measureHeight(inner);
    for (const { inner, outer } of this.#blocks) reserveHeight(outer, this.#heights.get(inner.textContent));
    for (const { outer } of unknown) outer.classList.remove('open');
  }

  /** Measures and stores the height of a block. A collapsed module has none. */
  #measureHeight(inner: HTMLElement): number | undefined {
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
    reserveHeight(block.outer, this.#measureHeight(block.inner));
  }

  #topOf(index: number): number | undefined {
    return this.#pieces[index]?.span.getBoundingClientRect().top;
  }
}

/** Writes only changes: any write would cause another layout. */
function reserveHeight({ style }: HTMLElement, height: number | undefined): void {
  const size = height === undefined ? '' : `${String(height)}px`;
  if (style.containIntrinsicBlockSize !== size) style.containIntrinsicBlockSize = size;
}

/** Milliseconds of work in one slice. */
const SLICE_MS = 6;

/** Runs `step` repeatedly while the page is idle, until it returns false. Returns a function that stops it. */
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

/** Safari has no `requestIdleCallback`. */
function later(act: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(act);
  else setTimeout(act, 50);
}
