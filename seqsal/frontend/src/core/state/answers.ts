import type { Candidate, Example, Host } from './host.js';
import { RequestSlot } from './request.js';
import { cutAt, listSequences } from './sequences.js';
import type { Sequence } from './sequences.js';

/** The answers of a model to an example: the request for them, and the one that the user has cut. */
export class Answers {
  readonly generation: RequestSlot<readonly Candidate[]>;
  #example: Example | null = null;
  #cut: Sequence | null = null;

  constructor(changed: () => void) {
    this.generation = new RequestSlot(changed);
  }

  /** Forgets the answers, and begins with an example. */
  reset(example: Example | null): void {
    [this.#example, this.#cut] = [example, null];
    this.generation.reset();
  }

  /** The sequences that can be explained, the cut one last. */
  get sequences(): Sequence[] {
    if (this.#example === null) return [];
    const generation = this.generation.state;
    const whole = listSequences(this.#example, generation.status === 'ready' ? generation.value : []);
    return this.#cut === null ? whole : [...whole, this.#cut];
  }

  async generate(host: Host, stop: string): Promise<void> {
    const prompt = this.#example?.prompt;
    if (prompt === undefined) return;
    await this.generation.start((signal, report) => host.generate(prompt, signal, report, stop));
  }

  /** The part of a sequence before a character, which is among the sequences from now on. */
  cut(sequence: Sequence | null, end: number): Sequence | null {
    return sequence && (this.#cut = cutAt(sequence, end));
  }
}
