import type { Restored } from '../../core/saved/result.js';
import type { Host } from '../../core/state/host.js';
import { maskOf } from '../../core/text/token-set.js';

const UNSCORED = 'This is a saved result. It contains no scores of this selection by this method.';

/** A host over a saved result. It offers the methods that have scores in the file. */
export function createSavedHost({ sequence, tokens, methods, salience, logprobs }: Restored): Host {
  const special = tokens.special;
  const scored = methods.filter(({ name }) => salience.some(({ scores }) => name in scores));
  const known = new Map(salience.map(({ selection, scores }) => [maskOf({ special }, selection).join(''), scores]));
  return {
    methods: scored.length === 0 ? methods : scored,
    final: true,
    generate: () =>
      Promise.resolve(sequence.source === 'response' ? [{ text: sequence.text, score: sequence.score }] : []),
    tokenize: () => Promise.resolve(tokens),
    salience({ targetMask, methods: requested }) {
      const scores = known.get(targetMask.join(''));
      if (scores === undefined) return Promise.reject(new Error(missing(known.size)));
      if (requested.some((name) => name in scores)) return Promise.resolve(scores);
      return Promise.reject(new Error(UNSCORED));
    },
    ...(logprobs === null ? {} : { logprobs: () => Promise.resolve(logprobs) }),
  };
}

function missing(count: number): string {
  const held = count === 1 ? 'one selection' : `${count.toLocaleString('en')} selections`;
  return `This is a saved result. It contains the scores of ${held}, but not of this one.`;
}
