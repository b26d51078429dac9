import { svg } from 'lit';
import type { TemplateResult } from 'lit';

function icon(paths: TemplateResult): TemplateResult {
  return svg`<svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.5"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;
}

export const ICONS = {
  display: icon(
    svg`<path d="M1 4.5h7m4 0h3M1 11.5h3m4 0h7" /><circle cx="10" cy="4.5" r="2" /><circle cx="6" cy="11.5" r="2" />`,
  ),
  ranking: icon(svg`<path d="M2 3.5h12M2 8h8M2 12.5h4" stroke-width="2.2" />`),
  save: icon(svg`<path d="M8 2v8m-3.2-3L8 10.2 11.2 7M2.5 11v2.5h11V11" />`),
  help: icon(
    svg`<circle cx="8" cy="8" r="6.5" /><path d="M6.2 6.2a1.9 1.9 0 1 1 2.6 1.9c-.5.2-.8.6-.8 1.2M8 11.6v.1" />`,
  ),
  compare: icon(svg`<path d="M5.5 3 2.5 6l3 3M2.5 6h11M10.5 7l3 3-3 3M13.5 10h-11" />`),
  up: icon(svg`<path d="M3.5 10 8 5.5l4.5 4.5" />`),
  down: icon(svg`<path d="M3.5 6 8 10.5 12.5 6" />`),
  pencil: icon(svg`<path d="m3 13 .7-3L10.5 3.2l2.3 2.3L6 12.3zM9 4.7 11.3 7" />`),
  close: icon(svg`<path d="m4 4 8 8m0-8-8 8" />`),
} as const;
