import { describe, expect, it } from 'vitest';
import { readSaved } from '../../../../src/core/saved/reader.js';
import { restoreSaved, saveSnapshot } from '../../../../src/core/saved/result.js';
import type { SavedResult } from '../../../../src/core/saved/result.js';
import { makeDerive } from '../../../../src/core/state/derive.js';
import type { Derived } from '../../../../src/core/state/derive.js';
import { placeOf } from '../../../../src/core/state/place.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import type { Unit } from '../../../../src/core/text/boundaries.js';
import { createSavedHost } from '../../../../src/host/saved/host.js';
import { ABLATION, GRADIENTS } from '../../../helpers/methods.js';
import { CheckHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';

/** Thirty sentences of two words, which are tokens 1 to 60. */
const PROMPT = Array.from({ length: 30 }, () => 'One two.').join(' ');
const derive = makeDerive();

function adjust(store: SalienceStore, method: string, unit: Unit = 'sentences'): void {
  store.dispatch({ type: 'adjust', choices: { method, granularity: { unit, pattern: '', role: 'ends' } } });
}

/** A page with the removals of a long text shown: 24 of 30 sentences. */
async function checked(): Promise<[SalienceStore, CheckHost]> {
  const [store, host] = [new SalienceStore(() => undefined, findStarts), new CheckHost([...GRADIENTS, ABLATION])];
  store.show({ key: '1', prompt: PROMPT, target: '' }, host);
  newest(host.generations).resolve([{ text: ' Three.', score: null }]);
  await settled();
  newest(host.tokenizations).resolve(wordTokens(newest(host.tokenizations).input));
  await settled();
  store.dispatch({ type: 'select', span: { start: 61, end: 62 }, how: 'only' });
  const { input, resolve } = newest(host.saliences);
  resolve(Object.fromEntries(input.methods.map((name) => [name, input.targetMask.map((_, i) => 60 - i)])));
  await settled();
  adjust(store, 'ablation');
  await settled();
  await answer(host);
  return [store, host];
}

/** Answers both requests of a check: the effect of a removal is the position of its first token. */
async function answer(host: CheckHost): Promise<void> {
  await host.answerCheck(([first]) => first?.start ?? 0);
  await host.answerCheck(([first]) => first?.start ?? 0);
}

function save(store: SalienceStore): SavedResult {
  const result = saveSnapshot(store.snapshot, false);
  if (result === null) throw new Error('There is nothing to save.');
  return readSaved(JSON.parse(JSON.stringify(result)));
}

/** The saved page. */
async function open(saved: SavedResult): Promise<SalienceStore> {
  const restored = restoreSaved(saved);
  const { example, sequence, selection, versus, choices } = restored;
  const store = new SalienceStore(() => undefined, findStarts);
  store.dispatch({ type: 'adjust', choices });
  store.show(example, createSavedHost(restored), placeOf(example, [sequence], sequence, { selection, versus }));
  await settled();
  return store;
}

function shown(store: SalienceStore): Pick<Derived, 'values' | 'levels'> & { agreement: unknown } {
  const { values, levels, checked: found } = derive(store.snapshot);
  return { values, levels, agreement: found?.agreement };
}

describe('the saved page of a long text that was checked', () => {
  it('shows the effects that are known, as the page did', async () => {
    const [store] = await checked();
    const live = shown(store);
    expect(live.values?.slice(0, 30)).toContain(0);
    const page = await open(save(store));
    expect(page.snapshot.state.method).toBe('ablation');
    expect(page.snapshot.salience.status).toBe('ready');
    expect(shown(page)).toEqual(live);
    adjust(page, 'grad_l2');
    expect(derive(page.snapshot).checked?.agreement?.removed, 'the map has the effects next to it').toBe(24);
    adjust(page, 'ablation');
    expect(shown(page)).toEqual(live);
  });

  it('has no scores of segments that were not removed, also when it is saved again', async () => {
    const [store] = await checked();
    const page = await open(save(store));
    expect(save(page)).toEqual(save(store));
    const [entry] = save(page).salience;
    expect(entry?.scores).not.toHaveProperty('ablation');
    expect(entry?.checks?.[0]?.effects.filter((effect) => effect === null)).toHaveLength(6);
  });

  it('shows each granularity that was checked, and says that another was not', async () => {
    const [store, host] = await checked();
    adjust(store, 'ablation', 'paragraphs');
    await settled();
    adjust(store, 'ablation', 'words');
    await settled();
    await answer(host);
    const words = shown(store);
    adjust(store, 'ablation');
    const sentences = shown(store);
    const page = await open(save(store));
    expect(shown(page)).toEqual(sentences);
    adjust(page, 'ablation', 'lines');
    await settled();
    expect(page.snapshot.salience).toMatchObject({ status: 'error' });
    adjust(page, 'ablation', 'words');
    await settled();
    expect(shown(page)).toEqual(words);
    adjust(page, 'ablation');
    await settled();
    expect(shown(page)).toEqual(sentences);
  });

  it('offers the map also where the check was saved with a map that passes on the thinking', () => {
    const [segments, selection] = [[{ start: 1, end: 3 }], [{ start: 61, end: 62 }]];
    const base = restoreSaved({
      ...{ format: 'seqsal-salience', version: 1, prompt: 'a', target: ' b', source: 'response', selected: true },
      ...{ tokens: ['a', ' b'], special_tokens_mask: [0, 0], methods: ['grad_l2', 'ablation'], salience: [], view: {} },
    });
    const entry = { selection, versus: null, scores: { grad_l2: [1, 0] }, segments: {}, logprobs: null };
    const checks = [{ segments, effects: [2], together: [] }];
    const host = createSavedHost({ ...base, salience: [{ ...entry, through: true, checks }] });
    expect(host.methods.map(({ name }) => name)).toEqual(['grad_l2', 'ablation']);
    const stored = host.stored?.({ prompt: 'a', target: ' b' }) ?? [];
    expect(stored.find(({ through }) => !through)).toMatchObject({ selection, checks, scores: {} });
    const none = [{ segments, effects: [null], together: [] }];
    const unchecked = createSavedHost({ ...base, salience: [{ ...entry, through: true, checks: none }] });
    expect(unchecked.methods.map(({ name }) => name)).toEqual(['grad_l2']);
  });
});

it('a contrast with a token is saved with its id and with what both texts begin with', async () => {
  const contrast = { text: '', token: 7, shared: 2, logprobs: [-1, -2] as const };
  const saved: SavedResult = {
    ...{ format: 'seqsal-salience', version: 1, prompt: 'One two', target: ' three', source: 'response' },
    ...{ tokens: ['<s>', 'One', ' two', ' three'], special_tokens_mask: [1, 0, 0, 0], methods: ['grad_l2'] },
    salience: [
      { selection: [[3, 4]], scores: { grad_l2: [0, 1, 2, 0] }, contrast },
      { selection: [[3, 4]], scores: { grad_l2: [0, 5, 6, 0] }, contrast: { ...contrast, token: 8 } },
    ],
    ...{ selected: true, view: {} },
  };
  const page = await open(readSaved(saved));
  expect(page.snapshot.state.versus).toEqual({ text: '', token: 7 });
  expect(page.snapshot.salience).toMatchObject({ value: { grad_l2: [0, 1, 2, 0] } });
  expect(page.snapshot.scored?.shared).toBe(2);
  expect(save(page).salience[0]?.contrast).toEqual(contrast);
  const wrong = { ...contrast, shared: -1 };
  expect(() => readSaved({ ...saved, salience: [{ ...saved.salience[0], contrast: wrong }] })).toThrow(
    'shared of a saved result must be a whole number from 0, but is -1.',
  );
});
