import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../common/element.js';
import { ICONS } from '../common/icons.js';
import { controls } from '../common/styles.js';
import '../common/flyout.js';

/** Gestures and keys, and what they do. */
const MOUSE = [
  ['Click', 'explain a segment; click it again to deselect'],
  ['Drag, or Shift and click', 'explain a range'],
  ['Ctrl or ⌘ and click', 'add a segment to the selection, or remove it'],
  ['Alt and drag', 'select text to copy it'],
  [
    'Double click in the prompt',
    'change a segment, by a third click its paragraph; Ctrl Enter runs the changed prompt next to this one',
  ],
  ['Right click in the prompt', 'run the prompt without a segment, next to this one'],
] as const;
const KEYS = [
  ['Arrows, Home, End', 'move from segment to segment'],
  ['Enter or Space', 'explain; with Ctrl add to the selection'],
  ['Shift and arrows', 'explain a range when Shift is released'],
  ['n, p', 'next and previous hot segment'],
  ['d, Shift D', 'next and previous change, next to another example'],
  ['e', 'change a segment of the prompt'],
  ['m', 'the menu of a segment'],
  ['a', 'in “How sure was the model?”: what it could have written instead'],
  ['Ctrl C', 'copy the selected text'],
  ['Esc', 'clear the selection'],
] as const;

/** A panel that explains how to use the view. */
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

  /** Opens or closes the panel. */
  toggle(): void {
    this.renderRoot.querySelector('seqsal-flyout')?.toggle();
  }

  protected override render(): TemplateResult {
    return html`<seqsal-flyout label="Help" help="How to select, and the keys" iconic .icon=${ICONS.help} .width=${390}>
      <p>
        Choose a part of the answer. The colours show how strongly its probability, as the model sees it, reacts to each
        segment before it. That is evidence of what the answer depends on, not proof. “Check by removing” tests it: the
        model reads the text without each of the strongest segments. “Compare” shows what speaks for the answer and what
        for another text in its place.
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
