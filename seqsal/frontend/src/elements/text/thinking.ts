import { blockAt } from '../../core/text/thinking.js';
import type { Segment } from '../../core/text/segment.js';
import type { WrittenThinking } from '../../core/text/thinking.js';
import type { Span } from '../../core/text/span.js';
import { sendAction } from '../common/element.js';
import type { Flow } from './blocks.js';
import { setText } from './region.js';

/** What the header of a block of thinking shows. */
export interface Fold {
  /** "Thinking · 212 tokens" */
  readonly label: string;
  /** What is known of a map: "80 % of the salience"; '' without a map. Shown while the block is folded. */
  readonly heat: string;
  /** The class of its heat, as that of a segment; '' for none. */
  readonly look: string;
}

/** What is shown of the thinking in an answer. */
export interface ShownThinking {
  /** Whether its blocks are folded. */
  readonly folded: boolean;
  /** One for each block. */
  readonly folds: readonly Fold[];
  /** That of an answer in progress; null if there is none. */
  readonly written: WrittenThinking | null;
}

export const NO_THINKING: ShownThinking = { folded: false, folds: [], written: null };

/** Whether two of them look different. */
export function differs(a: ShownThinking, b: ShownThinking | undefined): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}

interface Block {
  readonly button: HTMLButtonElement;
  readonly label: HTMLSpanElement;
  readonly heat: HTMLSpanElement;
  readonly body: HTMLElement;
}

/**
 * The blocks of thinking in an answer, each with a header that folds it. The parts of such an answer are listboxes of their own,
 * because a button cannot be in one.
 */
export class ThinkingBlocks {
  readonly #host: HTMLElement;
  #thinking: readonly Span[] = [];
  #segments: readonly Segment[] = [];
  #blocks: readonly Block[] = [];
  #folded = false;
  /** What follows the thinking of an answer in progress. */
  #rest: HTMLElement | null = null;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  /** Divides the flow of an answer into its parts, and returns their flows. */
  divide(flow: Flow, segments: readonly Segment[], thinking: readonly Span[]): Flow[] {
    [this.#thinking, this.#segments, this.#blocks, this.#rest] = [thinking, segments, [], null];
    if (thinking.length === 0) return [flow];
    const flows: Flow[] = [];
    const elements: HTMLElement[] = [];
    for (let first = flow.first; first < flow.end; first = flows.at(-1)?.end ?? flow.end) {
      const number = this.#blockOf(first);
      let end = first;
      while (end < flow.end && this.#blockOf(end) === number) end += 1;
      const selectable = segments.slice(first, end).some(({ special }) => !special);
      const part = makePart(number < 0 ? 'target' : `thinking-${String(number)}`, selectable);
      if (number < 0) elements.push(part);
      else elements.push(this.#makeBlock(part, number));
      flows.push({ element: part, first, end });
    }
    flow.element.replaceChildren(...elements);
    return flows;
  }

  /** Shows an answer in progress that begins with thinking; null if it begins otherwise. Returns whether it did. */
  write(target: HTMLElement, written: WrittenThinking | null): boolean {
    if (written === null) {
      this.divide({ element: target, first: 0, end: 0 }, [], []);
      return false;
    }
    if (this.#rest === null || this.#blocks.length !== 1) {
      [this.#thinking, this.#segments, this.#blocks] = [[], [], []];
      this.#rest = makePart('target', false);
      target.replaceChildren(this.#makeBlock(makePart('thinking-0', false), 0), this.#rest);
    }
    const [block] = this.#blocks;
    if (block) setText(block.body, written.thinking);
    setText(this.#rest, written.answer);
    return true;
  }

  /** Folds or unfolds all blocks, and shows what is known of them. Returns whether lines have moved. */
  update({ folded, folds }: ShownThinking): boolean {
    const moved = folded !== this.#folded && this.#blocks.length > 0;
    this.#folded = folded;
    for (const [i, { button, label, heat, body }] of this.#blocks.entries()) {
      const fold = folds[i];
      button.ariaExpanded = String(!folded);
      body.hidden = folded;
      label.textContent = fold?.label ?? 'Thinking';
      heat.textContent = folded ? (fold?.heat ?? '') : '';
      trimEnd(body);
      button.className = `fold${folded && fold?.look ? ` ${fold.look}` : ''}`;
    }
    return moved;
  }

  /** Whether a segment is in a folded block. */
  readonly hides = (index: number): boolean => this.#folded && this.#blocks.length > 0 && this.#blockOf(index) >= 0;

  /** The segment itself, or the next one that is not in a folded block, or else the one before. */
  shown(index: number): number {
    if (!this.hides(index)) return index;
    const next = this.#segments.findIndex((segment, i) => i > index && !segment.special && !this.hides(i));
    if (next >= 0) return next;
    return this.#segments.findLastIndex((segment, i) => i < index && !segment.special && !this.hides(i));
  }

  /** The upper edges of segments, where those in folded blocks are at the header. */
  tops(tops: Float64Array): Float64Array {
    if (!this.#folded || this.#blocks.length === 0) return tops;
    const headers = this.#blocks.map(({ button }) => button.getBoundingClientRect().top);
    return tops.map((top, i) => headers[this.#blockOf(i)] ?? top);
  }

  /** Unfolds all blocks at once. */
  open(): void {
    for (const { body } of this.#blocks) body.hidden = false;
    this.#folded = false;
    sendAction(this.#host, { type: 'adjust', choices: { folded: false } });
  }

  #blockOf(index: number): number {
    const segment = this.#segments[index];
    return segment?.thinking === true ? blockAt(this.#thinking, segment.tokens.start) : -1;
  }

  #makeBlock(body: HTMLElement, number: number): HTMLElement {
    const [outer, button] = [document.createElement('div'), document.createElement('button')];
    const [label, heat] = [document.createElement('span'), document.createElement('span')];
    outer.className = 'thinking';
    heat.className = 'share';
    label.id = `thinking-${String(number)}`;
    button.type = 'button';
    body.id = `${label.id}-text`;
    button.setAttribute('aria-controls', body.id);
    button.append(label, heat);
    button.addEventListener('click', () => {
      sendAction(this.#host, { type: 'adjust', choices: { folded: !this.#folded } });
    });
    outer.append(button, body);
    this.#blocks = [...this.#blocks, { button, label, heat, body }];
    return outer;
  }
}

/** Empties the white space at the end of an element, which would be a blank line before what follows. */
function trimEnd(element: HTMLElement): void {
  let last: Node | null = element;
  while (last instanceof HTMLElement && !last.matches('.s')) last = last.lastChild;
  if (last instanceof Text && last.data.trim() === '') last.data = '';
}

/** An element for segments, with the id of its name; a list if some can be selected. */
function makePart(name: string, selectable: boolean): HTMLElement {
  const element = document.createElement('div');
  element.className = 'part';
  if (!selectable) return element;
  element.role = 'listbox';
  element.ariaMultiSelectable = 'true';
  element.setAttribute('aria-labelledby', name);
  return element;
}
