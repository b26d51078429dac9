import type { Progress, ReportProgress } from './host.js';

/** The kinds of requests to a host whose progress and errors the view shows. */
export type RequestKind = 'generation' | 'tokens' | 'salience' | 'logprobs' | 'check' | 'contrast' | 'comparison';

/** The state of a request. An error is a state too, shown with its reason and a way to retry. */
export type Request<T> =
  | { readonly status: 'idle' }
  | { readonly status: 'pending'; readonly since: number; readonly progress?: Progress }
  | { readonly status: 'ready'; readonly value: T }
  /** With the progress before the error. */
  | { readonly status: 'error'; readonly reason: string; readonly progress?: Progress };

export const IDLE: Request<never> = { status: 'idle' };
export const STOPPED = 'Stopped before the end.';

/** The text so far of an answer that is incomplete: in progress, stopped, or failed. */
export function partialText(request: Request<unknown>): string {
  return partialAnswer(request)?.text ?? '';
}

/** An answer that is incomplete, with the mark of the block of thinking that it begins in; null if nothing is written. */
export function partialAnswer(request: Request<unknown>): Extract<Progress, { stage: 'writing' }> | null {
  const progress = request.status === 'pending' || request.status === 'error' ? request.progress : undefined;
  return progress?.stage === 'writing' ? progress : null;
}

/** The longest reason that is shown, so that a traceback does not fill the page. */
const REASON_LENGTH = 400;

/**
 * Holds the newest request of one kind. Starting another aborts the one in progress; an answer that arrives late or after
 * `reset` is dropped.
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

  /** Settles with the request, also after an error; never rejects. */
  async start(send: (signal: AbortSignal, report: ReportProgress) => Promise<T>): Promise<void> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    const since = Date.now();
    this.#set({ status: 'pending', since });
    const report: ReportProgress = (progress) => {
      if (this.#controller === controller) this.#set({ status: 'pending', since, progress });
    };
    const outcome = await settle(() => send(controller.signal, report));
    if (this.#controller !== controller) return;
    this.#controller = null;
    if (outcome.status === 'error') this.#fail(outcome.reason);
    else this.#set(outcome);
  }

  /** Sets an answer that is already known. */
  resolve(value: T): void {
    this.#drop();
    this.#set({ status: 'ready', value });
  }

  /** Cancels the request in progress. It can be retried. */
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
    const progress = this.#state.status === 'pending' ? this.#state.progress : undefined;
    this.#set({ status: 'error', reason, ...(progress && { progress }) });
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

async function settle<T>(send: () => Promise<T>): Promise<Request<T>> {
  try {
    return { status: 'ready', value: await send() };
  } catch (error) {
    return { status: 'error', reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).trim();
  if (message === '') return 'The server gave no reason.';
  return message.length > REASON_LENGTH ? `${message.slice(0, REASON_LENGTH)}…` : message;
}
