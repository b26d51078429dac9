import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../common/element.js';
import { controls } from '../common/styles.js';

/** A button that opens a panel over the page. The panel shows the children of this element. */
export class SeqsalFlyout extends LitElement {
  static override properties = {
    label: {},
    help: {},
    icon: { attribute: false },
    width: { type: Number },
    iconic: { type: Boolean, reflect: true },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: inline-block;
      }
      #open {
        display: flex;
        align-items: center;
        gap: 6px;
        padding-inline: 8px;
      }
      :host([iconic]) .word {
        display: none;
      }
      @container seqsal (width < 680px) {
        .word {
          display: none;
        }
      }
      .panel {
        inset: auto;
        max-width: calc(100vw - 16px);
        max-height: calc(100vh - 16px);
        overflow: auto;
        margin: 0;
        padding: 12px;
        border: 1px solid var(--seqsal-line);
        border-radius: 6px;
        background: var(--seqsal-surface);
        color: var(--seqsal-ink);
        box-shadow: 0 4px 16px rgb(0 0 0 / 18%);
      }
    `,
  ];

  declare label: string;
  /** The tooltip of the button. */
  declare help: string;
  declare icon: TemplateResult | null;
  /** The panel's width in pixels, which is needed to place it before it can be measured. */
  declare width: number;
  /** Whether the button never shows its label. */
  declare iconic: boolean;

  constructor() {
    super();
    this.label = '';
    this.help = '';
    this.icon = null;
    this.width = 320;
    this.iconic = false;
  }

  /** Opens or closes the panel. */
  toggle(): void {
    this.renderRoot.querySelector<HTMLElement>('#panel')?.togglePopover();
  }

  protected override render(): TemplateResult {
    return html`
      <button class="button" id="open" aria-label=${this.label} popovertarget="panel" title=${this.help}>
        ${this.icon}<span class="word">${this.label}</span>
      </button>
      <div
        class="panel"
        id="panel"
        popover
        role="dialog"
        aria-label=${this.label}
        style="width:${String(this.width)}px"
        @beforetoggle=${this.#place}
        @keydown=${stopEscape}
      >
        <slot></slot>
      </div>
    `;
  }

  /** Places the panel below the button and within the window. By default a popover is in the middle of the page. */
  readonly #place = (event: ToggleEvent): void => {
    if (event.newState !== 'open') return;
    this.dispatchEvent(new Event('opened'));
    const panel = event.target as HTMLElement;
    const button = this.renderRoot.querySelector('#open')?.getBoundingClientRect();
    if (!button) return;
    const left = Math.min(button.right, document.documentElement.clientWidth - 8) - this.width;
    panel.style.top = `${String(button.bottom + 4)}px`;
    panel.style.left = `${String(Math.max(8, left))}px`;
  };
}

/** Escape closes only the panel. */
function stopEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape') event.stopPropagation();
}

define('seqsal-flyout', SeqsalFlyout);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-flyout': SeqsalFlyout;
  }
}
