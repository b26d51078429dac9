import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Report } from '../../core/state/host.js';
import { writtenOf } from '../../core/state/request.js';
import type { Request } from '../../core/state/request.js';
import type { Work } from '../../core/state/store.js';
import { define, sendAction } from '../common/element.js';
import { controls } from '../common/styles.js';

const DOING: Record<Work, string> = {
  generation: 'The model is writing its answer',
  tokens: 'Splitting the text into tokens',
  logprobs: 'Looking how sure the model was of each token',
  salience: 'Looking for what the selection leaned on',
};
const FAILED: Record<Work, string> = {
  generation: 'There is no answer',
  tokens: 'The text could not be split into tokens',
  logprobs: 'It is not known how sure the model was',
  salience: 'There is no salience for this selection',
};

/** Of an answer that was stopped: what was written of it is in sight. */
const PARTLY = 'The answer is not whole';

/** Requests that are answered faster than this are not announced: a flash of text is noise. */
const PATIENCE_MS = 250;

/** What is done now, as far as it is known. */
function doing(work: Work, report?: Report): string {
  switch (report?.stage) {
    case 'queued':
      return report.place > 0 ? `Place ${String(report.place)} in the queue` : DOING[work];
    case 'forward':
      return 'Reading the prompt';
    case 'selection':
      return report.of > 1 ? `Selection ${String(report.number)} of ${String(report.of)}` : DOING[work];
    default:
      return DOING[work];
  }
}

/** What is being waited for and since when, with a way to stop; or what went wrong, with a way to try again. */
export class SeqsalStatus extends LitElement {
  static override properties = {
    work: {},
    request: { attribute: false },
    final: { type: Boolean },
    now: { state: true },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .line {
        display: flex;
        align-items: center;
        gap: 10px;
        padding: 5px 12px;
        background: var(--seqsal-raised);
        border-top: 1px solid var(--seqsal-line);
      }
      .line.failed {
        background: var(--seqsal-danger-soft);
      }
      .text {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .reason {
        color: var(--seqsal-danger);
      }
      .dot {
        width: 14px;
        height: 14px;
        flex: none;
        border: 2px solid var(--seqsal-line);
        border-top-color: var(--seqsal-accent);
        border-radius: 50%;
        animation: turn 0.9s linear infinite;
      }
      @keyframes turn {
        to {
          rotate: 1turn;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .dot {
          animation-duration: 4s;
        }
      }
    `,
  ];

  declare work: Work;
  declare request: Request<unknown>;
  /** Whether trying again is of no use. */
  declare final: boolean;
  declare private now: number;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor() {
    super();
    this.work = 'salience';
    this.request = { status: 'idle' };
    this.final = false;
    this.now = Date.now();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate(); // Which starts the clock again.
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#tick(false);
  }

  protected override willUpdate(): void {
    this.#tick(this.request.status === 'pending');
  }

  protected override render(): TemplateResult | typeof nothing {
    switch (this.request.status) {
      case 'pending':
        return this.#renderPending(this.now - this.request.since, this.request.report);
      case 'error':
        return this.#renderError(this.request.reason, writtenOf(this.request) !== '');
      default:
        return nothing;
    }
  }

  #renderPending(elapsed: number, report?: Report): TemplateResult | typeof nothing {
    if (elapsed < PATIENCE_MS) return nothing;
    const seconds = Math.floor(elapsed / 1000);
    return html`<div class="line">
      <span class="dot" aria-hidden="true"></span>
      <span class="text"
        ><span role="status">${doing(this.work, report)}</span>${seconds > 0 ? ` · ${String(seconds)} s` : '…'}</span
      >
      <button class="button" @click=${this.#send('stop')}>Stop</button>
    </div>`;
  }

  #renderError(reason: string, partly: boolean): TemplateResult {
    return html`<div class="line failed" role="alert">
      <span class="text">${partly ? PARTLY : FAILED[this.work]}. <span class="reason">${reason}</span></span>
      ${this.final ? nothing : html`<button class="button" @click=${this.#send('retry')}>Try again</button>`}
    </div>`;
  }

  #send(type: 'retry' | 'stop'): () => void {
    return () => {
      sendAction(this, { type, what: this.work });
    };
  }

  #tick(on: boolean): void {
    if (on === (this.#timer !== null)) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.now = Date.now();
    this.#timer = on ? setInterval(() => (this.now = Date.now()), PATIENCE_MS) : null;
  }
}

define('seqsal-status', SeqsalStatus);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-status': SeqsalStatus;
  }
}
