import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../common/element.js';
import { ICONS } from '../common/icons.js';
import { controls } from '../common/styles.js';
import './flyout.js';

/** What the pointer and the keys do: [how, what]. */
const MOUSE = [
  ['Click', 'explain a segment; once more lets it go'],
  ['Drag, or Shift and click', 'explain a range'],
  ['Ctrl or ⌘ and click', 'put a segment to the selection, or take it away'],
  ['Alt and drag', 'mark text to copy it'],
] as const;
const KEYS = [
  ['Arrows, Home, End', 'move from segment to segment'],
  ['Enter or Space', 'explain; with Ctrl put to the selection'],
  ['Shift and arrows', 'explain a range, when Shift is let go'],
  ['n, p', 'next and previous hot segment'],
  ['Ctrl C', 'copy the selected text'],
  ['Esc', 'let the selection go'],
] as const;

/** How to use the view, on one small panel. */
export class SeqsalHelp extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: inline-block;
      }
      p {
        margin: 0 0 8px;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 4px 12px;
        margin: 0;
      }
      dl + dl {
        margin-top: 8px;
        padding-top: 8px;
        border-top: 1px solid var(--seqsal-line);
      }
      dt {
        font-weight: 500;
        white-space: nowrap;
      }
      dd {
        margin: 0;
        color: var(--seqsal-muted);
      }
    `,
  ];

  /** Opens the panel, or closes it. */
  toggle(): void {
    this.renderRoot.querySelector('seqsal-flyout')?.toggle();
  }

  protected override render(): TemplateResult {
    return html`<seqsal-flyout label="Help" help="How to select, and the keys" iconic .icon=${ICONS.help} .width=${390}>
      <p>
        Choose a part of the answer. The colours show how strongly its probability, as the model sees it, reacts to each
        segment before it. That is a hint at what the model leaned on, not a proof.
      </p>
      ${[MOUSE, KEYS].map(
        (rows) =>
          html`<dl>
            ${rows.map(
              ([how, what]) =>
                html`<dt>${how}</dt>
                  <dd>${what}</dd>`,
            )}
          </dl>`,
      )}
    </seqsal-flyout>`;
  }
}

define('seqsal-help', SeqsalHelp);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-help': SeqsalHelp;
  }
}
