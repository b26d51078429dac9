import type { Alternative } from '../scores/contrast.js';
import { RequestSlot } from './request.js';
import type { Request } from './request.js';
import type { Scorable } from './score-loader.js';

/** The likeliest tokens at a position of the sequence. */
export interface Alternatives {
  readonly position: number;
  readonly request: Request<readonly Alternative[]>;
}

/** Loads what the model could have written, for one position at a time. */
export class AlternativesLoader {
  #scorable: Scorable | null = null;
  #position: number | null = null;
  // Replaced, never emptied: a late answer is of its own sequence.
  #known = new Map<number, readonly Alternative[]>();
  readonly #request: RequestSlot<readonly Alternative[]>;

  constructor(changed: () => void) {
    this.#request = new RequestSlot(changed);
  }

  get shown(): Alternatives | null {
    return this.#position === null ? null : { position: this.#position, request: this.#request.state };
  }

  /** Turns to another sequence, or to none. */
  open(scorable: Scorable | null): void {
    this.#scorable = scorable;
    this.#known = new Map();
    this.show(null);
  }

  /** Shows the alternatives at a position; null hides them. */
  show(position: number | null): void {
    const { host, text } = this.#scorable ?? {};
    const request = host?.alternatives?.bind(host);
    this.#position = request ? position : null;
    if (position === null || !text || !request) {
      this.#request.reset();
      return;
    }
    const known = this.#known;
    const found = known.get(position);
    if (found) this.#request.resolve(found);
    else {
      void this.#request.start(async (signal) => {
        const alternatives = await request({ ...text, position }, signal);
        known.set(position, alternatives);
        return alternatives;
      });
    }
  }
}
