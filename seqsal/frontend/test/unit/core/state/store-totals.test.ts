import { beforeEach, expect, it } from 'vitest';
import { readSaved } from '../../../../src/core/saved/reader.js';
import { restoreSaved, saveSnapshot } from '../../../../src/core/saved/result.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { remainderIn } from '../../../../src/elements/view/parts.js';
import { createSavedHost } from '../../../../src/host/saved/host.js';
import { TotalsHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';
import { CONTRAST } from '../../../helpers/methods.js';

const COMPLETE = { ...CONTRAST, name: 'complete', remainder: 'The rest is the error.' };
const TEXT = { prompt: 'One two.', target: ' Three four.' };

let store: SalienceStore;
let host: TotalsHost;

beforeEach(async () => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new TotalsHost([COMPLETE, CONTRAST]);
  store.show({ key: '1', prompt: TEXT.prompt, target: '' }, host);
  newest(host.generations).resolve([{ text: TEXT.target, score: null }]);
  await settled();
  newest(host.tokenizations).resolve(wordTokens(newest(host.tokenizations).input));
  await settled();
});

async function explain(start: number): Promise<void> {
  store.dispatch({ type: 'select', span: { start, end: start + 1 }, how: 'only' });
  await score();
}

/** Answers with scores that add up to 6. */
async function score(): Promise<void> {
  const { input, resolve } = newest(host.saliences);
  const [method = ''] = input.methods;
  resolve({ [method]: input.targetMask.map((_, i) => (i < 3 ? 2 : 0)) });
  await settled();
}

function note(): string | undefined {
  return remainderIn(store.snapshot)?.text;
}

it('the total of a map is requested after its scores, once, and what is left out is a note', async () => {
  await explain(4);
  expect(host.asked).toHaveLength(1);
  expect(newest(host.asked).input).toMatchObject({ ...TEXT, methods: ['complete'] });
  expect(newest(host.asked).input.targetMask.indexOf(1)).toBe(4);
  expect(note()).toBeUndefined();
  newest(host.asked).resolve({ complete: 8 });
  await settled();
  expect(store.snapshot.scored?.totals).toEqual({ complete: 8 });
  expect(note()).toBe('The scores of all tokens add up to 6.00 of 8.00 nats.');
  await explain(3);
  expect(note()).toBeUndefined();
  newest(host.asked).resolve({ complete: 6.1 });
  await settled();
  expect(note()).toBeUndefined();
  store.dispatch({ type: 'select', span: { start: 4, end: 5 }, how: 'only' });
  await settled();
  expect(host.asked).toHaveLength(2);
  expect(note()).toBeDefined();
});

it('a map without a total has none, and another map of the same selection has no note of it', async () => {
  await explain(4);
  newest(host.asked).resolve({ complete: 8 });
  await settled();
  store.dispatch({ type: 'adjust', choices: { method: 'contrast' } });
  await score();
  expect(host.asked).toHaveLength(1);
  expect(note()).toBeUndefined();
});

it('a request that fails, or is cancelled by the next selection, leaves the map as it is', async () => {
  await explain(4);
  newest(host.asked).reject(new Error('no'));
  await settled();
  expect(store.snapshot.salience.status).toBe('ready');
  expect(host.asked).toHaveLength(1);
  await explain(3);
  const before = newest(host.asked);
  await explain(2);
  expect(before.signal.aborted).toBe(true);
});

it('it is saved, and the saved page has the same note without a request', async () => {
  await explain(4);
  newest(host.asked).resolve({ complete: 7.654321 });
  await settled();
  const saved = readSaved(JSON.parse(JSON.stringify(saveSnapshot(store.snapshot, true))));
  expect(saved.salience[0]).toMatchObject({ totals: { complete: 7.6543 } });
  const restored = restoreSaved(saved);
  const again = new SalienceStore(() => undefined, findStarts);
  again.show(restored.example, createSavedHost(restored));
  await settled();
  again.dispatch({ type: 'select', span: { start: 4, end: 5 }, how: 'only' });
  await settled();
  expect(remainderIn(again.snapshot)?.text).toBe('The scores of all tokens add up to 6.00 of 7.65 nats.');
});
