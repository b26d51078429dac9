import type { SavedResult } from '../../core/saved/result.js';

/** What one module of the page shows. */
export interface ShownView {
  readonly model: string;
  readonly pinned: boolean;
  readonly result: SavedResult;
}

export type View = () => ShownView | null;

/**
 * Sends the server what all modules of the page show, for the notebook that requested it.
 *
 * Each message holds the whole state and waits for the one before, so the last message is what the page shows.
 */
export class UiState {
  readonly #views = new Set<View>();
  readonly #send: (body: string) => Promise<unknown>;
  readonly #schedule: (send: () => void) => void;
  #waiting = false;
  #sending = false;
  #changedMeanwhile = false;
  #sent = '';

  /** `send` posts a message; `schedule` runs a function after a burst of changes. */
  constructor(send: (body: string) => Promise<unknown>, schedule: (send: () => void) => void) {
    [this.#send, this.#schedule] = [send, schedule];
  }

  join(view: View): void {
    this.#views.add(view);
    this.changed();
  }

  leave(view: View): void {
    if (this.#views.delete(view)) this.changed();
  }

  changed(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#schedule(() => {
      this.#waiting = false;
      if (this.#sending) this.#changedMeanwhile = true;
      else void this.#sendState();
    });
  }

  async #sendState(): Promise<void> {
    const body = this.#message();
    if (body === this.#sent) return;
    this.#sending = true;
    try {
      await this.#send(body);
      this.#sent = body;
    } catch {
      // A request that the user waits for reports a server that has stopped. The next change tries again.
    }
    this.#sending = false;
    if (!this.#changedMeanwhile) return;
    this.#changedMeanwhile = false;
    this.changed();
  }

  #message(): string {
    return JSON.stringify({ views: [...this.#views].map((view) => view()).filter((view) => view !== null) });
  }
}
