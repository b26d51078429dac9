import type { Logprobs } from '../src/core/scores/certainty.js';
import { BUILT_IN } from '../src/core/scores/methods.js';
import type { Scores } from '../src/core/scores/methods.js';
import type { Candidate, Host, SalienceInput, TokenizeInput, Tokens } from '../src/core/state/host.js';

const ANSWER =
  ' It has cheese and cream in a buttery crust.\nRecommendation: You might not like it, but it is worth trying, e.g. for lunch. It has 3.5 g of salt.';

/** A host without a server, for the development page: it answers after a delay, with scores made from a hash. */
export class FakeHost implements Host {
  readonly methods = BUILT_IN;
  readonly #delay: number;
  readonly #fails: boolean;

  constructor(options: { delay: number; fails: boolean }) {
    this.#delay = options.delay;
    this.#fails = options.fails;
  }

  async generate(_prompt: string, signal: AbortSignal): Promise<readonly Candidate[]> {
    await this.#wait(signal);
    return [
      { text: ANSWER, score: -1.25 },
      { text: ' You have to try it.', score: -2.5 },
    ];
  }

  async tokenize(input: { prompt: string; target: string }, signal: AbortSignal): Promise<Tokens> {
    await this.#wait(signal, 0.1);
    const tokens = ['<s>', ...split(input.prompt), ...split(input.target)];
    const ids = tokens.map((token) => Math.floor(hash(token) * 32_000));
    return { tokens, special: tokens.map((_, i) => i === 0), ids };
  }

  async salience({ prompt, target, targetMask }: SalienceInput, signal: AbortSignal): Promise<Scores> {
    await this.#wait(signal);
    if (this.#fails) throw new Error('The prompt has 9,120 tokens, and this model takes 2,048.');
    const last = targetMask.lastIndexOf(1);
    const tokens = ['<s>', ...split(prompt), ...split(target)];
    const noise = tokens.map((token, i) => hash(`${token}${String(i)}${String(last)}`));
    return {
      grad_l2: noise.map((x, i) => (i < last ? x ** 5 : 0)),
      grad_dot_input: noise.map((x, i) => (i < last ? 4 * (x - 0.5) ** 3 : 0)),
    };
  }

  async logprobs({ prompt, target }: TokenizeInput, signal: AbortSignal): Promise<Logprobs> {
    await this.#wait(signal);
    const before = 1 + split(prompt).length;
    const tokens = ['<s>', ...split(prompt), ...split(target)];
    return tokens.map((token, i) => (i < before ? null : Math.log(hash(`${token}${String(i)}`) ** 0.3)));
  }

  #wait(signal: AbortSignal, share = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, this.#delay * share);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(new DOMException('aborted', 'AbortError'));
      });
    });
  }
}

/** Pieces like those of a byte-pair vocabulary; joined, they are the text. */
function split(text: string): string[] {
  return text.match(/\s*\n|\s?[\p{L}\p{M}]{1,7}|\s?\d{1,3}|\s?[^\s]|\s/gu) ?? [];
}

/** A deterministic pseudo-random number in [0, 1). */
function hash(text: string): number {
  let state = 2166136261;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 16777619);
  state = Math.imul(state ^ (state >>> 15), 2246822507);
  return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
}
