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
