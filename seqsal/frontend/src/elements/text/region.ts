import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import './certainty.js';

/** One of the two regions of the text: its name, a switch for certainty in the answer, and its segments. */
export interface Region {
  readonly region: 'prompt' | 'target';
  readonly name: string;
  /** Whether its segments are known and can be selected. */
  readonly open: boolean;
  /** Whether it has parts that are lists of their own. */
  readonly divided: boolean;
  /** Whether certainty is shown; null for no switch. */
  readonly certainty: boolean | null;
  /** Whether the log-probabilities are known. */
  readonly known: boolean;
}

export function renderRegion({ region, name, open, divided, certainty, known }: Region): TemplateResult {
  const list = open && !divided;
  return html`<div class="region ${region}">
    <div class="head">
      <span class="name" id=${region}>${name}</span>
      ${certainty === null ? nothing : html`<seqsal-certainty .on=${certainty} .known=${known}></seqsal-certainty>`}
    </div>
    <div
      class="flow"
      role=${list ? 'listbox' : nothing}
      aria-multiselectable=${list ? 'true' : nothing}
      aria-labelledby=${list ? region : nothing}
    ></div>
  </div>`;
}

/** The element for the text of a region. */
export function flowIn(root: ParentNode, region: Region['region']): HTMLElement {
  const flow = root.querySelector<HTMLElement>(`.${region} .flow`);
  if (flow === null) throw new Error(`The ${region} has not been rendered yet.`);
  return flow;
}

/** Sets the text only if it changes: the prompt stays the same while an answer grows. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
