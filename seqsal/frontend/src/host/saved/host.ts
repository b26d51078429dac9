import type { Restored } from '../../core/saved/result.js';
import type { Host } from '../../core/state/host.js';
import { maskOf } from '../../core/text/token-set.js';

/** A host that knows only what has been saved. */
export function createSavedHost({ sequence, tokens, methods, salience, logprobs }: Restored): Host {
  const special = tokens.special;
  const known = new Map(salience.map(({ set, scores }) => [maskOf({ special }, set).join(''), scores]));
  return {
    methods,
    final: true,
    generate: () =>
      Promise.resolve(sequence.source === 'response' ? [{ text: sequence.text, score: sequence.score }] : []),
    tokenize: () => Promise.resolve(tokens),
    salience({ targetMask }) {
      const scores = known.get(targetMask.join(''));
      return scores ? Promise.resolve(scores) : Promise.reject(new Error(missing(known.size)));
    },
    ...(logprobs === null ? {} : { logprobs: () => Promise.resolve(logprobs) }),
  };
}

function missing(count: number): string {
  const held = count === 1 ? 'one selection' : `${count.toLocaleString('en')} selections`;
  return `This is a saved result. It holds ${held}, and this is not among them.`;
}
