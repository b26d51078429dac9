import type { Logprobs } from '../scores/certainty.js';
import { RequestSlot } from './request.js';
import { logprobsOf } from './score-loader.js';
import type { Scorable } from './score-loader.js';

/** The log-probabilities of the tokens of a text, which are requested when they are to be shown. */
export class Certainty extends RequestSlot<Logprobs> {
  /** Requests them if they are shown and were not requested yet. Those that are there stay. */
  update(shown: boolean, scorable: Scorable | null): void {
    if (shown && this.state.status === 'idle') void this.load(scorable);
    if (!shown && this.state.status !== 'ready') this.reset();
  }

  async load(scorable: Scorable | null): Promise<void> {
    if (scorable?.host.logprobs) await this.start(logprobsOf(scorable));
  }
}
