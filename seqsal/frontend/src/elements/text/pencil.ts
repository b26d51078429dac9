import { css, render } from 'lit';
import type { LitElement, ReactiveController } from 'lit';
import type { Edit } from '../../core/state/edit.js';
import type { Segment } from '../../core/text/segment.js';
import { ICONS } from '../common/icons.js';

/** How long the pointer rests on a segment before the pencil moves there: on its way to the pencil it crosses other segments. */
const REST_MS = 250;
const RIGHT_TO_LEFT = /^\P{L}*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** The text whose segments the pencil edits. It dispatches `seqsal-point`. */
interface PencilHost extends LitElement {
  readonly segments: readonly Segment[];
  readonly edit: Edit | null | undefined;
  edits(index: number): boolean;
}

/**
 * A small button at the end of the segment under the pointer, or with the focus. It lies where the line has no text, or else in the
 * margin next to it. It is for pointers only: the keyboard has a key and the menu.
 */
export class Pencil implements ReactiveController {
  readonly #host: PencilHost;
  readonly #spanAt: (index: number) => HTMLElement | undefined;
  readonly #begin: (index: number) => void;
  readonly #button = document.createElement('button');
  #index: number | null = null;
  #segments: readonly Segment[] = [];
  #timer = 0;

  /** `begin` begins to edit a segment. */
  constructor(host: PencilHost, spanAt: (index: number) => HTMLElement | undefined, begin: (index: number) => void) {
    [this.#host, this.#spanAt, this.#begin] = [host, spanAt, begin];
    this.#prepareButton();
    host.addController(this);
    host.addEventListener('seqsal-point', (event) => {
      this.#point(event.detail);
    });
    host.addEventListener('pointerdown', (event) => {
      if (!event.composedPath().includes(this.#button)) this.#hide();
    });
    host.addEventListener('pointerleave', () => {
      this.#rest();
    });
  }

  hostUpdated(): void {
    const { segments, edit } = this.#host;
    if (segments !== this.#segments || edit) this.#hide();
    this.#segments = segments;
  }

  hostDisconnected(): void {
    this.#hide();
  }

  #prepareButton(): void {
    const button = this.#button;
    button.className = 'pencil';
    button.tabIndex = -1;
    button.ariaHidden = 'true';
    button.title = 'Edit (also: a double click, or the key e)';
    render(ICONS.pencil, button);
    button.addEventListener('click', () => {
      const index = this.#index;
      this.#hide();
      if (index !== null) this.#begin(index);
    });
    for (const type of ['mouseenter', 'mouseleave'] as const) {
      button.addEventListener(type, () => {
        this.#span?.toggleAttribute('data-pencil', type === 'mouseenter');
      });
    }
  }

  #point(index: number | null): void {
    clearTimeout(this.#timer);
    if (index === null || index === this.#index) return;
    if (this.#spanAt(index)?.matches(':focus') === true) this.#show(index);
    else {
      this.#timer = window.setTimeout(() => {
        this.#show(index);
      }, REST_MS);
    }
  }

  /** The pointer is elsewhere: the focused segment keeps its pencil. */
  #rest(): void {
    clearTimeout(this.#timer);
    const focused = this.#host.segments.findIndex((_, i) => this.#spanAt(i)?.matches(':focus') === true);
    this.#show(focused);
  }

  get #span(): HTMLElement | undefined {
    return this.#index === null ? undefined : this.#spanAt(this.#index);
  }

  #hide(): void {
    clearTimeout(this.#timer);
    this.#span?.removeAttribute('data-pencil');
    this.#button.remove();
    this.#index = null;
  }

  #show(index: number): void {
    this.#hide();
    const segment = this.#host.segments[index];
    if (!segment || this.#host.edit !== null || !this.#host.edits(index)) return;
    this.#host.renderRoot.append(this.#button);
    if (this.#place(index, RIGHT_TO_LEFT.test(segment.text))) this.#index = index;
    else this.#button.remove();
  }

  /** Puts the button next to the last line of a segment that is in view; returns whether there is one. */
  #place(index: number, rightToLeft: boolean): boolean {
    const [host, button] = [this.#host, this.#button];
    const view = host.getBoundingClientRect();
    const inView = ({ top, bottom }: DOMRect): boolean => top >= view.top && bottom <= view.bottom + 4;
    const line = [...(this.#spanAt(index)?.getClientRects() ?? [])].findLast(inView);
    if (!line) return false;
    const { offsetWidth: width, offsetHeight: height } = button;
    const ends = [line, this.#endOfLine(index, line)].map(({ left, right }) =>
      rightToLeft ? left - width - 2 : right + 2,
    );
    const margin = view.left + host.clientLeft + host.clientWidth - width - 1;
    const left = ends.find((end) => this.#isFree(end, line, width)) ?? margin;
    button.style.left = `${String(left - view.left - host.clientLeft + host.scrollLeft)}px`;
    button.style.top = `${String(line.top + (line.height - height) / 2 - view.top - host.clientTop + host.scrollTop)}px`;
    return true;
  }

  /** The last box on the line on which a segment ends. */
  #endOfLine(index: number, line: DOMRect): DOMRect {
    let last = line;
    for (let i = index + 1; ; i++) {
      const boxes = [...(this.#spanAt(i)?.getClientRects() ?? [])];
      const here = boxes.findLast(({ top, bottom }) => top < line.bottom - 4 && bottom > line.top + 4);
      if (here) last = here;
      if (!here || here !== boxes.at(-1)) return last;
    }
  }

  /** Whether a line has no text in a place as wide as the button. */
  #isFree(left: number, { top, height }: DOMRect, width: number): boolean {
    const root = this.#host.renderRoot as ShadowRoot;
    return [left, left + width / 2, left + width].every((x) => {
      const [at] = root.elementsFromPoint(x, top + height / 2).filter((each) => each !== this.#button);
      return at !== undefined && at !== this.#host && root.contains(at) && !at.matches('.s, .special, .field');
    });
  }
}

export const pencilStyles = css`
  .pencil {
    position: absolute;
    z-index: 1;
    display: grid;
    place-items: center;
    width: 18px;
    height: 18px;
    padding: 0;
    border: 0;
    border-radius: 4px;
    background: var(--seqsal-surface);
    color: var(--seqsal-muted);
    cursor: pointer;
  }
  .pencil:hover {
    background: var(--seqsal-accent-soft);
    color: var(--seqsal-accent);
  }
  .pencil svg {
    width: 12px;
    height: 12px;
  }
  @media (pointer: coarse) {
    .pencil {
      width: 22px;
      height: 22px;
    }
  }
  .s[data-pencil] {
    box-shadow: 0 0 0 1px var(--seqsal-muted);
  }
`;

declare global {
  interface HTMLElementEventMap {
    'seqsal-point': CustomEvent<number | null>;
  }
}
