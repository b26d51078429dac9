import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Progress } from '../../core/state/host.js';
import { partialText } from '../../core/state/request.js';
import type { Request } from '../../core/state/request.js';
import type { RequestKind } from '../../core/state/request.js';
import { define, sendAction } from '../common/element.js';
import { controls } from '../common/styles.js';

const DOING: Record<RequestKind, string> = {
  generation: 'The model is writing its answer',
  tokens: 'Splitting the text into tokens',
  logprobs: 'Computing the probabilities of the tokens',
  salience: 'Computing what the selection depends on',
  check: 'Removing segments',
  contrast: 'Computing what speaks for the one and for the other',
  comparison: 'Adding the prompt',
};
const FAILED: Record<RequestKind, string> = {
  generation: 'There is no answer',
  tokens: 'The text could not be split into tokens',
  logprobs: 'The probabilities of the tokens are unknown',
  salience: 'There is no salience for this selection',
  check: 'The check is not complete',
  contrast: 'These two cannot be compared',
  comparison: 'The prompt could not be added',
};

/** For a stopped answer, of which the text so far is shown. */
const INCOMPLETE = 'The answer is incomplete';

/** Requests that are answered faster than this show no status, which would only flash. */
const QUIET_MS = 250;

/** The present activity. */
function activity(kind: RequestKind, progress?: Progress): string {
  switch (progress?.stage) {
    case 'queued':
      return progress.position > 0 ? `Place ${String(progress.position)} in the queue` : DOING[kind];
    case 'forward':
      return 'Reading the prompt';
    case 'selection':
      return progress.of > 1 ? `Selection ${String(progress.number)} of ${String(progress.of)}` : DOING[kind];
    case 'removal':
      return `${DOING[kind]}: ${String(progress.done)} of ${String(progress.of)}`;
    default:
      return DOING[kind];
  }
}

/** A pending request with its duration and a way to stop it, or an error with a way to retry. */
export class SeqsalStatus extends LitElement {
  static override properties = {
    kind: { attribute: 'work' },
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

  declare kind: RequestKind;
  declare request: Request<unknown>;
  /** Whether a retry cannot help. */
  declare final: boolean;
  declare private now: number;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor() {
    super();
    this.kind = 'salience';
    this.request = { status: 'idle' };
    this.final = false;
    this.now = Date.now();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate(); // Which restarts the timer.
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
        return this.#renderPending(this.now - this.request.since, this.request.progress);
      case 'error':
        return this.#renderError(this.request.reason, partialText(this.request) !== '');
      default:
        return nothing;
    }
  }

  #renderPending(elapsed: number, progress?: Progress): TemplateResult | typeof nothing {
    if (elapsed < QUIET_MS) return nothing;
    const seconds = Math.floor(elapsed / 1000);
    return html`<div class="line">
      <span class="dot" aria-hidden="true"></span>
      <span class="text"
        ><span role="status">${activity(this.kind, progress)}</span
        >${seconds > 0 ? ` · ${String(seconds)} s` : '…'}</span
      >
      <button class="button" @click=${this.#send('stop')}>Stop</button>
    </div>`;
  }

  #renderError(reason: string, incomplete: boolean): TemplateResult {
    return html`<div class="line failed" role="alert">
      <span class="text">${incomplete ? INCOMPLETE : FAILED[this.kind]}. <span class="reason">${reason}</span></span>
      ${this.final ? nothing : html`<button class="button" @click=${this.#send('retry')}>Try again</button>`}
    </div>`;
  }

  #send(type: 'retry' | 'stop'): () => void {
    return () => {
      sendAction(this, { type, what: this.kind });
    };
  }

  #tick(on: boolean): void {
    if (on === (this.#timer !== null)) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.now = Date.now();
    this.#timer = on ? setInterval(() => (this.now = Date.now()), QUIET_MS) : null;
  }
}

define('seqsal-status', SeqsalStatus);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-status': SeqsalStatus;
  }
}
