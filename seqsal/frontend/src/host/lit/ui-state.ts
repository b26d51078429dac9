import type { SavedResult } from '../../core/saved/result.js';

/** What one module of the page shows, once there is text in it. */
export interface ShownView {
  readonly model: string;
  readonly pinned: boolean;
  readonly result: SavedResult;
}

export type View = () => ShownView | null;

/**
 * Tells the server what all modules of the page show, for the notebook that asked for it.
 *
 * All of it at once, and one message after the other: what the server was told last is what the page shows.
 */
export class UiState {
  readonly #views = new Set<View>();
  readonly #send: (body: string) => Promise<unknown>;
  readonly #later: (tell: () => void) => void;
  #waiting = false;
  #sending = false;
  #changedSince = false;
  #told = '';

  /** `send` takes a message to the server; `later` runs what follows the last of changes in a row. */
  constructor(send: (body: string) => Promise<unknown>, later: (tell: () => void) => void) {
    [this.#send, this.#later] = [send, later];
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
    this.#later(() => {
      this.#waiting = false;
      if (this.#sending) this.#changedSince = true;
      else void this.#tell();
    });
  }

  async #tell(): Promise<void> {
    const body = this.#message();
    if (body === this.#told) return;
    this.#sending = true;
    try {
      await this.#send(body);
      this.#told = body;
    } catch {
      // A server that has ended is told of where somebody waits for its answer. The next change tries again.
    }
    this.#sending = false;
    if (!this.#changedSince) return;
    this.#changedSince = false;
    this.changed();
  }

  #message(): string {
    return JSON.stringify({ views: [...this.#views].map((view) => view()).filter((view) => view !== null) });
  }
}
