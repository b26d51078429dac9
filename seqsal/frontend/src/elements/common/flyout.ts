import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from './element.js';
import { placePanel, popoverStyles, stopEscape } from './popover.js';
import { controls } from './styles.js';

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
    popoverStyles,
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

  hide(): void {
    this.renderRoot.querySelector<HTMLElement>('#panel')?.hidePopover();
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
        @beforetoggle=${this.#place}
        @keydown=${stopEscape}
      >
        <slot></slot>
      </div>
    `;
  }

  /** Places the panel next to the button. */
  readonly #place = (event: ToggleEvent): void => {
    if (event.newState !== 'open') return;
    this.dispatchEvent(new Event('opened'));
    const button = this.renderRoot.querySelector('#open')?.getBoundingClientRect();
    if (button) placePanel(event.target as HTMLElement, button, this.width, 'right');
  };
}

define('seqsal-flyout', SeqsalFlyout);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-flyout': SeqsalFlyout;
  }
}
