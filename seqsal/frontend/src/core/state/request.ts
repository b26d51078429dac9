import type { Report, Tell } from './host.js';

/** The state of something that was asked for. An error is a state, shown with its reason and a way to try again. */
export type Request<T> =
  | { readonly status: 'idle' }
  | { readonly status: 'pending'; readonly since: number; readonly report?: Report }
  | { readonly status: 'ready'; readonly value: T }
  /** With how far it was. */
  | { readonly status: 'error'; readonly reason: string; readonly report?: Report };

export const IDLE: Request<never> = { status: 'idle' };
export const STOPPED = 'Stopped before it was done.';

/** What has been written of an answer that is not whole: it is still written, was stopped, or failed. */
export function writtenOf(request: Request<unknown>): string {
  const report = request.status === 'pending' || request.status === 'error' ? request.report : undefined;
  return report?.stage === 'writing' ? report.text : '';
}

/** The longest reason that is shown; a page of traceback helps nobody. */
const REASON_LENGTH = 400;

/**
 * One place for one kind of request. The newest wins: starting another aborts the one under way, and an answer that
 * comes late, or after `reset`, is dropped.
 */
export class RequestSlot<T> {
  #state: Request<T> = IDLE;
  #controller: AbortController | null = null;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get state(): Request<T> {
    return this.#state;
  }

  get pending(): boolean {
    return this.#state.status === 'pending';
  }

  /** Settles when the request has, whatever came of it; never rejects. */
  async start(ask: (signal: AbortSignal, tell: Tell) => Promise<T>): Promise<void> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    const since = Date.now();
    this.#set({ status: 'pending', since });
    const tell: Tell = (report) => {
      if (this.#controller === controller) this.#set({ status: 'pending', since, report });
    };
    const outcome = await settle(() => ask(controller.signal, tell));
    if (this.#controller !== controller) return;
    this.#controller = null;
    if (outcome.status === 'error') this.#fail(outcome.reason);
    else this.#set(outcome);
  }

  /** Puts an answer in place that is known already. */
  resolve(value: T): void {
    this.#drop();
    this.#set({ status: 'ready', value });
  }

  /** The user no longer waits: what is under way stops, and can be asked for again. */
  stop(): void {
    if (!this.pending) return;
    this.#drop();
    this.#fail(STOPPED);
  }

  reset(): void {
    this.#drop();
    if (this.#state.status !== 'idle') this.#set(IDLE);
  }

  #fail(reason: string): void {
    const report = this.#state.status === 'pending' ? this.#state.report : undefined;
    this.#set({ status: 'error', reason, ...(report && { report }) });
  }

  #drop(): void {
    this.#controller?.abort();
    this.#controller = null;
  }

  #set(state: Request<T>): void {
    this.#state = state;
    this.#changed();
  }
}

async function settle<T>(ask: () => Promise<T>): Promise<Request<T>> {
  try {
    return { status: 'ready', value: await ask() };
  } catch (error) {
    return { status: 'error', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).trim();
  if (message === '') return 'The server gave no reason.';
  return message.length > REASON_LENGTH ? `${message.slice(0, REASON_LENGTH)}…` : message;
}
