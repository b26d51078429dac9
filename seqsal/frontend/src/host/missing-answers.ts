/** Requests the answers to the tries of a prompt that are not known yet, one after another. */
export class MissingAnswers {
  #running: AbortController | null = null;
  /** Those that failed. They are not requested again. */
  readonly #failed = new Set<string>();

  /** Requests `next` until it returns null. While requests run, it does nothing. `answer` resolves once `next` no longer returns the id. */
  async request(next: () => string | null, answer: (id: string, signal: AbortSignal) => Promise<void>): Promise<void> {
    while (this.#running === null) {
      const id = next();
      if (id === null || this.#failed.has(id)) return;
      const running = new AbortController();
      this.#running = running;
      try {
        await answer(id, running.signal);
      } catch {
        this.#failed.add(id);
      }
      if (running.signal.aborted) return;
      this.#running = null;
    }
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  hasFailed(id: string): boolean {
    return this.#failed.has(id);
  }
}
