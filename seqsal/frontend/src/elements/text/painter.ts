import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { STEPS } from '../../core/scores/heat.js';
import { selectableSpan } from '../../core/text/segments.js';
import type { Segment } from '../../core/text/segment.js';
import { OUT, PART } from '../../core/text/token-set.js';
import { TextBlocks } from './blocks.js';
import type { Flow } from './blocks.js';
import type { Piece } from './layout.js';

/** What is painted on the segments, without changing the text. */
export interface Paint {
  /** -STEPS to STEPS for each segment, or null for no heat. */
  readonly levels: Int8Array | null;
  readonly signed: boolean;
  /** How much of each segment is selected: OUT, PART or WHOLE. */
  readonly marks: Uint8Array;
}

/** The look of a segment is one number: STEPS + level for heat, and larger numbers for selected segments. */
const PLAIN = STEPS;
const SELECTED = 2 * STEPS + 1;
const SELECTED_PART = SELECTED + 1;
const UNSIGNED = looks((level) => `strength-${String(Math.abs(level))}`);
const SIGNED = looks((level) => `${level > 0 ? 'support' : 'against'}-${String(Math.abs(level))}`);

/** The class of each look. */
function looks(heat: (level: number) => string): readonly string[] {
  const levels = Array.from({ length: 2 * STEPS + 1 }, (_, i) => (i === PLAIN ? '' : ` ${heat(i - STEPS)}`));
  return [...levels, ' sel', ' sel part'];
}

/**
 * Builds one span for each segment. Later it changes only class names, and only of spans whose look changes.
 *
 * It uses no Lit template: Lit would compare thousands of spans at each click.
 */
export class TextPainter implements ReactiveController {
  readonly #blocks: TextBlocks;
  #spans: HTMLSpanElement[] = [];
  #index = new Map<Node, number>();
  #segments: readonly Segment[] = [];
  #looks = new Uint8Array();
  #classes = UNSIGNED;

  /** The host dispatches `seqsal-measured` when the result of `tops` is exact. */
  constructor(host: ReactiveControllerHost & HTMLElement) {
    this.#blocks = new TextBlocks(() => host.dispatchEvent(new Event('seqsal-measured')));
    host.addController(this);
  }

  hostConnected(): void {
    this.#blocks.remeasure();
  }

  hostDisconnected(): void {
    this.#blocks.stop();
  }

  /** The flows hold all segments, in order. */
  build(flows: readonly Flow[], segments: readonly Segment[]): void {
    this.#segments = segments;
    this.#index = new Map();
    this.#looks = new Uint8Array(segments.length).fill(PLAIN);
    this.#spans = segments.map((segment, i) => this.#makeSpan(segment, i));
    this.#blocks.fill(
      flows,
      segments.map((segment, i) => pieceOf(segment, this.#spans[i] ?? document.createElement('span'))),
    );
  }

  paint({ levels, signed, marks }: Paint): void {
    const classes = signed ? SIGNED : UNSIGNED;
    const renamed = classes !== this.#classes;
    this.#classes = classes;
    for (let i = 0; i < this.#spans.length; i++) {
      const [before, mark] = [this.#looks[i] ?? PLAIN, marks[i] ?? OUT];
      const look = mark === OUT ? STEPS + (levels?.[i] ?? 0) : mark === PART ? SELECTED_PART : SELECTED;
      if (look === before && !(renamed && look !== PLAIN && look < SELECTED)) continue;
      this.#looks[i] = look;
      this.#show(i, look, before);
    }
  }

  #show(index: number, look: number, before: number): void {
    const [span, segment] = [this.#spans[index], this.#segments[index]];
    if (!span || segment?.special !== false) return;
    span.className = `${baseOf(segment.text)}${this.#classes[look] ?? ''}`;
    if (look >= SELECTED !== before >= SELECTED) span.ariaSelected = String(look >= SELECTED);
  }

  /** The upper edge of each span in the window. */
  tops(): Float64Array {
    return this.#blocks.tops();
  }

  /** Call this when lines may have moved for another reason than `build`. */
  remeasure(): void {
    this.#blocks.remeasure();
  }

  /** Runs a function that needs the layout of the whole text. */
  whole<T>(act: () => T): T {
    return this.#blocks.whole(act);
  }

  spanAt(index: number): HTMLSpanElement | undefined {
    return this.#spans[index];
  }

  /** The index of the segment of an event, or null. */
  indexOf(event: Event): number | null {
    const [inner] = event.composedPath();
    return inner instanceof Node ? (this.#index.get(inner) ?? null) : null;
  }

  indexAt(element: Element | null): number | null {
    return element && (this.#index.get(element) ?? null);
  }

  #makeSpan(segment: Segment, index: number): HTMLSpanElement {
    const span = (segment.special ? SPECIAL : OPTION).cloneNode() as HTMLSpanElement;
    span.textContent = segment.special ? segment.text.replaceAll('\n', '⏎') : coreOf(segment.text);
    if (segment.special) {
      // Next to text.
      span.classList.toggle('before', this.#segments[index + 1]?.special === false);
      span.classList.toggle('after', this.#segments[index - 1]?.special === false);
      return span;
    }
    const base = baseOf(segment.text);
    if (base !== 's') span.className = base;
    this.#index.set(span, index);
    if (segment.tokens.start === 0 && selectableSpan(segment) === null) {
      span.ariaDisabled = 'true';
      span.title = 'The first token has no token before it to depend on.';
    }
    return span;
  }
}

// Cloned for each segment, which is faster than setting the attributes each time.
const OPTION = document.createElement('span');
OPTION.className = 's';
OPTION.role = 'option';
OPTION.ariaSelected = 'false';
const SPECIAL = document.createElement('span');
SPECIAL.className = 'special';
SPECIAL.title = 'A special token: the model reads it, but it is not part of the text.';

/** A span, and the white space around it, which has no background. */
function pieceOf({ special, text }: Segment, span: HTMLElement): Piece {
  if (special) return { span, lead: '', tail: '', core: 0 };
  const core = coreOf(text);
  const lead = text.indexOf(core);
  return { span, lead: text.slice(0, lead), tail: text.slice(lead + core.length), core: core.length };
}

/** The text without the white space around it. White space alone stays, because such a token can be selected too. */
function coreOf(text: string): string {
  const core = text.trim();
  return core === '' ? text : core;
}

function baseOf(text: string): string {
  if (text.trim() !== '') return 's';
  return /[\n\r]/.test(text) ? 's blank newline' : 's blank';
}
