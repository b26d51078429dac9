import { selectableSpan } from '../core/segments.js';
import type { Segment } from '../core/segments.js';
import type { Span } from '../core/tokens.js';

/** What is drawn over the segments; changes without touching the text. */
export interface Paint {
  /** -STEPS to STEPS per segment, or null for no heat. */
  readonly levels: Int8Array | null;
  readonly signed: boolean;
  /** Segment indices [start, end) that the selection touches. */
  readonly selected: Span;
  /** The selected tokens, to tell segments that are selected in part. */
  readonly selection: Span | null;
}

/**
 * Builds one span per segment, once, and from then on changes only class names, and only of spans that look different.
 *
 * A template with thousands of spans would be compared from end to end at each click; this is why there is none.
 */
export class TextPainter {
  #spans: HTMLSpanElement[] = [];
  #index = new WeakMap<Node, number>();
  #segments: readonly Segment[] = [];

  build(prompt: HTMLElement, target: HTMLElement, segments: readonly Segment[]): void {
    this.#segments = segments;
    this.#index = new WeakMap();
    this.#spans = segments.map((segment, i) => this.#makeSpan(segment, i));
    prompt.replaceChildren(...this.#nodesOf('prompt'));
    target.replaceChildren(...this.#nodesOf('target'));
  }

  paint(paint: Paint): void {
    for (const [i, segment] of this.#segments.entries()) {
      const span = this.#spans[i];
      if (!span) continue;
      const name = classOf(segment, i, paint);
      if (span.className === name) continue;
      span.className = name;
      if (!segment.special) span.ariaSelected = String(name.includes(' sel'));
    }
  }

  /** The upper edge of each span in the window. */
  tops(): Float64Array {
    return Float64Array.from(this.#spans, (span) => span.getBoundingClientRect().top);
  }

  spanAt(index: number): HTMLSpanElement | undefined {
    return this.#spans[index];
  }

  /** The index of the segment that an event came from, or null. */
  indexOf(event: Event): number | null {
    const [inner] = event.composedPath();
    return inner instanceof Node ? (this.#index.get(inner) ?? null) : null;
  }

  #makeSpan(segment: Segment, index: number): HTMLSpanElement {
    const span = document.createElement('span');
    span.className = classOf(segment, index, null);
    span.textContent = segment.special ? segment.text.replaceAll('\n', '⏎') : coreOf(segment.text);
    if (segment.special) {
      span.title = 'A special token: part of what the model reads, not of the text.';
      return span;
    }
    span.setAttribute('role', 'option');
    this.#index.set(span, index);
    if (selectableSpan(segment) === null) {
      span.ariaDisabled = 'true';
      span.title = 'Nothing comes before the first token that the model could have leaned on.';
    }
    return span;
  }

  /** Spans, and between them the white space that no background should cover. */
  *#nodesOf(region: Segment['region']): Generator<Node | string> {
    for (const [i, segment] of this.#segments.entries()) {
      const span = this.#spans[i];
      if (segment.region !== region || !span) continue;
      const core = coreOf(segment.text);
      const lead = segment.special ? 0 : segment.text.indexOf(core);
      if (lead > 0) yield segment.text.slice(0, lead);
      yield span;
      const tail = segment.special ? '' : segment.text.slice(lead + core.length);
      if (tail !== '') yield tail;
    }
  }
}

/** The text without the white space around it; white space alone stays, for a token of it can be chosen too. */
function coreOf(text: string): string {
  const core = text.trim();
  return core === '' ? text : core;
}

function baseOf(text: string): string {
  if (text.trim() !== '') return 's';
  return /[\n\r]/.test(text) ? 's blank newline' : 's blank';
}

function classOf(segment: Segment, index: number, paint: Paint | null): string {
  if (segment.special) return 'special';
  const base = baseOf(segment.text);
  if (paint === null) return base;
  const { selected, selection, levels, signed } = paint;
  if (selection && index >= selected.start && index < selected.end) {
    const whole = selection.start <= Math.max(1, segment.tokens.start) && segment.tokens.end <= selection.end;
    return whole ? `${base} sel` : `${base} sel part`;
  }
  const level = levels?.[index] ?? 0;
  if (level === 0) return base;
  const ramp = signed ? (level > 0 ? 'support' : 'against') : 'strength';
  return `${base} ${ramp}-${String(Math.abs(level))}`;
}
