import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { Derived } from '../../core/state/derive.js';
import '../panels/overview.js';
import type { SeqsalText } from '../text/text.js';

export function renderOverview(
  text: SeqsalText | null,
  layout: string,
  { segments, levels, signed, marks }: Derived,
): TemplateResult {
  return html`<seqsal-overview
    aria-controls="text"
    .text=${text}
    .segments=${segments}
    .levels=${levels}
    .signed=${signed}
    .marks=${marks}
    .layout=${layout}
  ></seqsal-overview>`;
}

/** The text, and the overview next to it. `input` is called for what may scroll the text. */
export function renderMiddle(text: TemplateResult, overview: unknown, input: EventListenerObject): TemplateResult {
  return html`<div
    class="middle"
    @wheel=${input}
    @touchmove=${input}
    @keydown=${input}
    @pointerdown=${input}
    @pointermove=${input}
  >
    ${text} ${overview}
  </div>`;
}
