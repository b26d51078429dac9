import type { Version } from '../../src/core/trail/tree.js';

export const PROMPT = 'Judge a dish.\nDish: quiche.\nAnswer:';

export function version(id: string, parentId: string | null = null, prompt = PROMPT, target = ''): Version {
  return { id, parentId, prompt, target };
}

/** a has b and c, b has d; x is another prompt. */
export const VERSIONS = [
  version('a'),
  version('x'),
  version('b', 'a', PROMPT.replace('quiche', 'soup')),
  version('c', 'a', `${PROMPT} `),
  version('d', 'b', PROMPT.replace('quiche', 'hot soup')),
];
