import { beforeEach, describe, expect, it, test } from 'vitest';
import { readSaved } from '../../../../src/core/saved/reader.js';
import { restoreSaved, saveSnapshot } from '../../../../src/core/saved/result.js';
import type { SavedResult } from '../../../../src/core/saved/result.js';
import { placeOf } from '../../../../src/core/state/place.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { createSavedHost } from '../../../../src/host/saved/host.js';
import { ABLATION, GRADIENTS } from '../../../helpers/methods.js';
import { SureHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';

let store: SalienceStore;
let host: SureHost;

beforeEach(() => {
  store = new SalienceStore(() => undefined, findStarts);
});

function saved(): SavedResult {
  const result = saveSnapshot(store.snapshot, false);
  if (result === null) throw new Error('There is nothing to save.');
  return readSaved(JSON.parse(JSON.stringify(result)));
}

describe('a result with checks and a contrast', () => {
  const segments = [
    { start: 1, end: 2 },
    { start: 2, end: 3 },
  ];
  const scored = { ...{ scores: { grad_l2: [0, 1, 2, 0] }, segments: {}, logprobs: null }, versus: null };
  const together = [{ removed: [{ start: 1, end: 3 }], effect: 2.123456 }];

  it('is read as it was saved; a complete check is the map of removals too', async () => {
    host = new SureHost([...GRADIENTS, ABLATION]);
    Object.assign(host, {
      stored: () => [
        { ...scored, selection: [{ start: 3, end: 4 }], checks: [{ segments, effects: [3, 1], together }] },
      ],
    });
    store.show({ key: '1', prompt: 'One two', target: '' }, host);
    newest(host.generations).resolve([{ text: ' three', score: -1 }]);
    await settled();
    newest(host.tokenizations).resolve(wordTokens(newest(host.tokenizations).input));
    await settled();
    store.dispatch({ type: 'select', span: { start: 3, end: 4 }, how: 'only' });
    const [entry] = saved().salience;
    const ranges = [
      [1, 2],
      [2, 3],
    ];
    expect(entry).toMatchObject({
      scores: { grad_l2: [0, 1, 2, 0], ablation: [0, 3, 1, 0] },
      segments: { ablation: ranges },
      checks: [{ segments: ranges, effects: [3, 1], together: [{ removed: [[1, 3]], effect: 2.1235 }] }],
    });
    expect(restoreSaved(saved()).salience[0]?.checks[0]).toMatchObject({ segments, effects: [3, 1] });
  });

  it('shows the contrast that was shown', async () => {
    const contrast = { text: ' four', logprobs: [-1, -2] };
    const restored = restoreSaved(
      readSaved({
        ...{ format: 'seqsal-salience', version: 1, prompt: 'One two', target: ' three', source: 'response' },
        ...{ tokens: ['<s>', 'One', ' two', ' three'], special_tokens_mask: [1, 0, 0, 0], methods: ['grad_l2'] },
        salience: [{ selection: [[3, 4]], scores: { grad_l2: [0, 1, 2, 0] }, contrast }],
        ...{ selected: true, view: {} },
      }),
    );
    const { example, sequence, selection, versus } = restored;
    const place = placeOf(example, [sequence], sequence, { selection, versus });
    store.show(example, createSavedHost(restored), place);
    await settled();
    expect(store.snapshot.state.versus).toEqual({ text: ' four', token: null });
    expect(store.snapshot.salience.status).toBe('ready');
    expect(store.snapshot.scored?.logprobs).toEqual([-1, -2]);
    expect(saved().salience[0]?.contrast).toEqual(contrast);
    store.dispatch({ type: 'contrast', versus: null });
    await settled();
    expect(store.snapshot.salience.status, 'the selection alone is not in the file').toBe('error');
  });
});

describe('an invalid file', () => {
  const good = {
    ...{ format: 'seqsal-salience', version: 1, prompt: 'a', target: ' b', source: 'response' },
    ...{ tokens: ['a', ' b'], special_tokens_mask: [0, 0], methods: ['grad_l2'], selected: true, view: {} },
  };

  test.each([
    [
      { ...good, salience: [{ selection: [[1, 2]], scores: {}, checks: [{ segments: [[0, 1]], effects: [] }] }] },
      'effects of a saved result must be one entry for each segment, but is [].',
    ],
    [
      { ...good, salience: [{ selection: [[1, 2]], scores: {}, segments: { ablation: [[0, 3]] } }] },
      'ablation of a saved result must be ranges [start, end) of 2 tokens, in order, but is [[0,3]].',
    ],
    [
      { ...good, salience: [{ selection: [[1, 2]], scores: {}, contrast: { text: 'a', logprobs: [1] } }] },
      'logprobs of a contrast of a saved result must be two numbers, but is missing.',
    ],
  ])('%j', (value, reason) => {
    expect(() => readSaved(value)).toThrow(new Error(reason));
  });
});
