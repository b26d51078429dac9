import type { Host } from './host.js';
import { RequestSlot } from './request.js';

/** A prompt to show next to the present one, or in place of it. */
export interface NextPrompt {
  /** Or a function that makes it, which throws an Error if it cannot be shown. */
  readonly prompt: string | (() => string);
  readonly instead?: boolean;
}

/** Adds prompts to the host's examples. */
export class PromptAdder extends RequestSlot<null> {
  #last: () => Promise<boolean> = () => Promise.resolve(false);

  /** Resolves to whether the prompt is there. A host without a place for it does nothing. */
  async add(host: Host | null, { prompt, instead = false }: NextPrompt): Promise<boolean> {
    const request = instead ? host?.add?.bind(host) : host?.addAndCompare?.bind(host);
    if (!request) return false;
    this.#last = async () => {
      let added = false;
      await this.start(async (signal) => {
        const text = typeof prompt === 'string' ? prompt : prompt();
        // Before the request: the host would show a prompt that the model cannot take in place of this one.
        if (host?.checkPrompt) await host.checkPrompt(text, signal);
        signal.throwIfAborted();
        await request(text);
        // Also if the slot was reset: the host shows the new prompt in place of this one.
        added = true;
        return null;
      });
      return added;
    };
    return this.#last();
  }

  /** Adds the last prompt again. */
  async retry(): Promise<boolean> {
    return this.#last();
  }
}
