import { HandHost } from './hand-host.js';

/** A host that adds prompts to compare, as LIT's page does. */
export class AddingHost extends HandHost {
  readonly added: string[] = [];

  addAndCompare(prompt: string): Promise<void> {
    this.added.push(prompt);
    return Promise.resolve();
  }
}
