import type { Request } from '../core/state/request.js';
import type { ShownTry } from '../core/trail/book.js';

/** Requests the answers to the tries of a prompt that are not known yet, one after another. */
export class MissingAnswers {
  #running: AbortController | null = null;
  /** The ids of tries whose requests failed. */
  readonly #failed = new Set<string>();

  /**
   * Requests the missing answers until there are none left; while requests run, it does nothing. `answer` makes an answer known, or
   * rejects. `failed` is told why. A try whose request failed is not requested again before `stop`.
   */
  async request(
    tries: () => readonly ShownTry[],
    answer: (id: string, signal: AbortSignal) => Promise<void>,
    failed: (id: string, reason: string) => void,
  ): Promise<void> {
    while (this.#running === null) {
      const id = this.#nextOf(tries());
      if (id === null) return;
      const running = new AbortController();
      this.#running = running;
      try {
        await answer(id, running.signal);
      } catch (error) {
        if (running.signal.aborted) return;
        this.#failed.add(id);
        failed(id, error instanceof Error ? error.message : String(error));
      }
      if (running.signal.aborted) return;
      this.#running = null;
    }
  }

  /** Cancels the requests, and forgets which failed. */
  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#failed.clear();
  }

  #nextOf(tries: readonly ShownTry[]): string | null {
    const missing = tries.find(({ answer, version: { id } }) => answer === null && !this.#failed.has(id));
    return missing?.version.id ?? null;
  }
}

/** All tries but the shown one while a view requests its answer itself, or after that request was stopped or failed. */
export function requestable(
  tries: readonly ShownTry[],
  shown: string | undefined,
  { status }: Request<unknown>,
): readonly ShownTry[] {
  if (status !== 'pending' && status !== 'error') return tries;
  return tries.filter(({ version }) => version.id !== shown);
}
