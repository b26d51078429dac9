import type { Host } from './host.js';
import { RequestSlot } from './request.js';

/** How long the typing has to pause. */
const PAUSE_MS = 500;

/** Asks the host whether the model can take a changed prompt, once the typing pauses. */
export class EditCheck {
  readonly #slot: RequestSlot<null>;
  #prompt: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#slot = new RequestSlot(changed);
  }

  /** Why the model cannot take the prompt; '' if it can, or if that is unknown. */
  get problem(): string {
    return this.#slot.state.status === 'error' ? this.#slot.state.reason : '';
  }

  /** Checks a changed prompt; null ends the check. */
  update(host: Host | null, prompt: string | null): void {
    if (prompt === this.#prompt) return;
    this.#prompt = prompt;
    clearTimeout(this.#timer);
    if (prompt === null || !host?.checkPrompt) this.#slot.reset();
    else this.#timer = setTimeout(() => void this.#ask(host, prompt), PAUSE_MS);
  }

  async #ask(host: Host, prompt: string): Promise<void> {
    await this.#slot.start(async (signal) => {
      await host.checkPrompt?.(prompt, signal);
      return null;
    });
  }
}
