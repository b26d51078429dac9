import { LitElement, css, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { inPlaceOf } from '../../core/text/segments.js';
import { define, sendAction } from '../common/element.js';
import '../common/flyout.js';
import { shorten } from '../common/format.js';
import { ICONS } from '../common/icons.js';
import { controls } from '../common/styles.js';

const CHECK_HELP =
  'Removes segments, the strongest first, and measures how much less likely the selection is without them';

const PASS_ON_HELP =
  'What falls on the thinking goes on to what the thinking depends on, summed to the same total (one hop, as in FlashTrace)';

/** The switch that passes on what falls on the thinking. */
export interface PassOn {
  readonly on: boolean;
  /** Why it cannot be switched, or ''. */
  readonly obstacle: string;
}

/** The next steps for an explained selection: check the map by removing segments, or compare with another text. */
export class SeqsalActions extends LitElement {
  static override properties = {
    check: { attribute: false },
    obstacle: {},
    comparable: { attribute: false },
    other: {},
    passOn: { attribute: false },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 6px;
      }
      form {
        display: grid;
        gap: 8px;
      }
      [aria-pressed='true'] {
        border-color: var(--seqsal-accent);
        background: var(--seqsal-accent-soft);
      }
      label {
        color: var(--seqsal-ink);
      }
      .row {
        display: flex;
        gap: 6px;
      }
      input {
        flex: 1;
        min-width: 0;
        height: 26px;
        padding: 0 6px;
        border: 1px solid var(--seqsal-line);
        border-radius: 4px;
        background: var(--seqsal-surface);
      }
      p {
        margin: 0;
        color: var(--seqsal-muted);
      }
    `,
  ];

  /** Whether removals are missing; null if the server cannot remove anything. */
  declare check: boolean | null;
  /** Why nothing can be removed, or ''. */
  declare obstacle: string;
  /** The selected text, which can be compared with another; null if it cannot. */
  declare comparable: string | null;
  /** The text that the selection is compared with; '' if it is explained alone. */
  declare other: string;
  /** Null if no thinking is before the selection. */
  declare passOn: PassOn | null;

  constructor() {
    super();
    this.check = null;
    this.obstacle = '';
    this.comparable = null;
    this.other = '';
    this.passOn = null;
  }

  /** The panel stays open with what was typed until there is a contrast. */
  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('other') && this.other !== '') this.renderRoot.querySelector('seqsal-flyout')?.hide();
  }

  protected override render(): TemplateResult {
    return html`${this.passOn === null ? nothing : this.#renderPassOn(this.passOn)}
    ${this.comparable === null ? nothing : this.#renderCompare(this.comparable)}
    ${this.check ? this.#renderCheck() : nothing}`;
  }

  #renderPassOn({ on, obstacle }: PassOn): TemplateResult {
    return html`<button
      class="button pass-on"
      aria-pressed=${on ? 'true' : 'false'}
      title=${obstacle === '' ? PASS_ON_HELP : obstacle}
      ?disabled=${obstacle !== ''}
      @click=${() => {
        sendAction(this, { type: 'adjust', choices: { through: !on } });
      }}
    >
      Pass the thinking on
    </button>`;
  }

  #renderCheck(): TemplateResult {
    return html`<button
      class="button"
      title=${this.obstacle === '' ? CHECK_HELP : this.obstacle}
      ?disabled=${this.obstacle !== ''}
      @click=${() => this.dispatchEvent(new Event('seqsal-check'))}
    >
      Check by removing
    </button>`;
  }

  #renderCompare(selected: string): TemplateResult {
    return html`<seqsal-flyout
      label="Compare"
      help="Why this text, and not another one?"
      .icon=${ICONS.compare}
      .width=${340}
      @opened=${this.#focusInput}
    >
      <form @submit=${this.#onSubmit}>
        <label for="other">Why “${shorten(selected, 40)}”, and not …</label>
        <div class="row">
          <input id="other" name="other" required autocomplete="off" placeholder="another text in its place" />
          <button class="button">Compare</button>
        </div>
        <p>The colours then show what speaks for the one and what for the other.</p>
      </form>
    </seqsal-flyout>`;
  }

  readonly #focusInput = (): void => {
    // The panel is opened after this event.
    requestAnimationFrame(() => {
      this.renderRoot.querySelector('input')?.focus();
    });
  };

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const typed = this.renderRoot.querySelector('input')?.value ?? '';
    const text = inPlaceOf(this.comparable ?? '', typed);
    sendAction(this, { type: 'contrast', versus: { text, token: null } });
  };
}

define('seqsal-actions', SeqsalActions);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-actions': SeqsalActions;
  }
}
