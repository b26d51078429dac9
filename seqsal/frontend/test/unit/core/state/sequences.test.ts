import { describe, expect, it } from 'vitest';
import { defaultSequence, listSequences } from '../../../../src/core/state/sequences.js';

const EXAMPLE = { key: '1', prompt: 'p', target: ' t' };
const BOTH = listSequences(EXAMPLE, [{ text: ' r', score: null }]);

describe('the sequences of an example', () => {
  it('are the responses, best first, and then the target', () => {
    expect(BOTH.map(({ label, text }) => [label, text])).toEqual([
      ['Response', ' r'],
      ['Target', ' t'],
    ]);
  });

  it('have no empty target', () => {
    expect(listSequences({ ...EXAMPLE, target: '' }, [])).toEqual([]);
  });
});

describe('the default sequence', () => {
  const [response, target] = [BOTH.slice(0, 1), BOTH.slice(1)];
  it.each([
    ['the response', BOTH, null, false, 'Response'],
    ['the target, if that was taken last time', BOTH, 'dataset', true, 'Target'],
    ['the response, where there is no target to take', response, 'dataset', false, 'Response'],
    ['none yet, while the response is being written', target, null, true, undefined],
    ['the target, if the response has failed', target, null, false, 'Target'],
    ['none, where there is none', [], null, false, undefined],
  ] as const)('%s', (_, sequences, preferred, writing, expected) => {
    expect(defaultSequence(sequences, preferred, writing)?.label).toBe(expected);
  });
});
