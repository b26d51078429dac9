import { beforeEach, describe, expect, it } from 'vitest';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { PrefetchHost, HandHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';
import { ABLATION, CONTRAST, GRADIENTS } from '../../../helpers/methods.js';

const FAMILY = ['grad_l2', 'grad_dot_input'];
const GRADIENT_SCORES = { grad_l2: [0, 1, 2, 0, 0], grad_dot_input: [0, -1, 2, 0, 0] };
const CONTRAST_SCORES = { contrast: [0, 3, -3, 0, 0] };

let store: SalienceStore;
let host: HandHost;

beforeEach(() => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new HandHost([...GRADIENTS, CONTRAST]);
});

async function open(): Promise<void> {
  store.show({ key: '1', prompt: 'One two', target: '' }, host);
  newest(host.generations).resolve([{ text: ' three four.', score: null }]);
  await settled();
  newest(host.tokenizations).resolve(wordTokens(newest(host.tokenizations).input));
  await settled();
}

function select(start: number): void {
  store.dispatch({ type: 'select', span: { start, end: start + 1 }, how: 'only' });
}

function show(method: string): void {
  store.dispatch({ type: 'adjust', choices: { method } });
}

async function answer(scores: Readonly<Record<string, readonly number[]>>): Promise<void> {
  newest(host.saliences).resolve(scores);
  await settled();
}

function requested(): (readonly string[])[] {
  return host.saliences.map(({ input }) => input.methods);
}

describe('a request', () => {
  beforeEach(open);

  it('names the shown method and its family, no others', async () => {
    select(3);
    expect(requested()).toEqual([FAMILY]);
    await answer(GRADIENT_SCORES);
    show('contrast');
    select(4);
    expect(requested().at(-1)).toEqual(['contrast']);
  });

  it('is not sent for another method of the same family, even while the first is pending', async () => {
    select(3);
    show('grad_dot_input');
    expect(newest(host.saliences).signal.aborted).toBe(false);
    await answer(GRADIENT_SCORES);
    show('grad_l2');
    expect(requested()).toEqual([FAMILY]);
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: GRADIENT_SCORES });
  });

  it('is sent for a method of another family, and its scores are merged with the others', async () => {
    select(3);
    await answer(GRADIENT_SCORES);
    show('contrast');
    expect(store.snapshot.salience.status).toBe('pending');
    expect(requested()).toEqual([FAMILY, ['contrast']]);
    expect(newest(host.saliences).input.targetMask).toEqual([0, 0, 0, 1, 0]);
    await answer(CONTRAST_SCORES);
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: { ...GRADIENT_SCORES, ...CONTRAST_SCORES } });
    show('grad_dot_input');
    show('contrast');
    select(4);
    select(3);
    expect(requested(), 'what is known is not requested again').toEqual([FAMILY, ['contrast'], ['contrast']]);
    expect(store.snapshot.salience.status).toBe('ready');
    expect([...store.snapshot.cached]).toHaveLength(1);
  });

  it('is aborted if another family is shown before the answer', async () => {
    select(3);
    const first = newest(host.saliences);
    show('contrast');
    expect(first.signal.aborted).toBe(true);
    show('grad_l2');
    expect(requested()).toEqual([FAMILY, ['contrast'], FAMILY]);
    await answer(GRADIENT_SCORES);
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: GRADIENT_SCORES });
  });

  it('that fails keeps the scores of the other family', async () => {
    select(3);
    await answer(GRADIENT_SCORES);
    show('contrast');
    newest(host.saliences).reject(new Error('Too long.'));
    await settled();
    expect(store.snapshot.salience).toEqual({ status: 'error', reason: 'Too long.' });
    show('grad_l2');
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: GRADIENT_SCORES });
    expect(requested()).toHaveLength(2);
  });

  it('is not sent while nothing is selected', () => {
    show('contrast');
    expect(requested()).toEqual([]);
    expect(store.snapshot.salience.status).toBe('idle');
  });
});

describe('a prefetch', () => {
  async function openPrefetching(): Promise<PrefetchHost> {
    const prefetching = new PrefetchHost([...GRADIENTS, CONTRAST, ABLATION]);
    host = prefetching;
    await open();
    return prefetching;
  }

  it('is for the shown family, and starts again for another', async () => {
    const { prefetches } = await openPrefetching();
    expect(newest(prefetches).input.methods).toEqual(FAMILY);
    newest(prefetches).resolve([GRADIENT_SCORES]);
    await settled();
    show('grad_dot_input');
    await settled();
    expect(prefetches, 'the same family has been requested').toHaveLength(1);
    show('contrast');
    await settled();
    expect(newest(prefetches).input.methods).toEqual(['contrast']);
    newest(prefetches).resolve([CONTRAST_SCORES]);
    await settled();
    store.dispatch({ type: 'select', span: { start: 3, end: 5 }, how: 'only' });
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: { ...GRADIENT_SCORES, ...CONTRAST_SCORES } });
    expect(host.saliences).toEqual([]);
  });

  it('is omitted for a method that takes a pass for each segment', async () => {
    const { prefetches } = await openPrefetching();
    newest(prefetches).resolve([GRADIENT_SCORES]);
    await settled();
    show('ablation');
    await settled();
    expect(prefetches).toHaveLength(1);
  });
});
