import { beforeEach, describe, expect, it, test } from 'vitest';
import { pageSource, scriptJson } from '../../../../src/core/saved/page.js';
import { readSaved } from '../../../../src/core/saved/reader.js';
import { restoreSaved, saveSnapshot } from '../../../../src/core/saved/result.js';
import type { SavedResult } from '../../../../src/core/saved/result.js';
import { placeOf } from '../../../../src/core/state/place.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { nameOf } from '../../../../src/core/scores/methods.js';
import { createSavedHost } from '../../../../src/host/saved/host.js';
import { CONTRAST, GRADIENTS } from '../../../helpers/methods.js';
import { SureHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';

const { signal } = new AbortController();
let store: SalienceStore;
let host: SureHost;

beforeEach(() => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new SureHost();
});

async function open(prompt: string, answer: string): Promise<void> {
  store.show({ key: '1', prompt, target: '' }, host);
  newest(host.generations).resolve([{ text: answer, score: -1 }]);
  await settled();
  const call = newest(host.tokenizations);
  const { tokens, special } = wordTokens(call.input);
  call.resolve({ tokens, special, ids: tokens.map((_, i) => 100 + i) });
  await settled();
}

async function explain(start: number, end: number, how: 'only' | 'toggle' = 'only'): Promise<void> {
  store.dispatch({ type: 'select', span: { start, end }, how });
  const call = newest(host.saliences);
  const scores = call.input.targetMask.map((_, i) => start + i / 3);
  call.resolve({ grad_l2: scores, grad_dot_input: scores.map((score) => -score) });
  await settled();
}

function saved(all: boolean): SavedResult {
  const result = saveSnapshot(store.snapshot, all);
  if (result === null) throw new Error('Nothing is there to be saved.');
  return readSaved(JSON.parse(JSON.stringify(result)));
}

describe('a result that is saved and read again', () => {
  beforeEach(async () => {
    await open('One two', ' three four.');
    store.dispatch({ type: 'adjust', choices: { certainty: true, aggregation: 'mean' } });
    newest(host.sureties).resolve([null, null, null, -0.123456789, -1]);
    await explain(3, 4);
    await explain(2, 3);
    await explain(4, 5, 'toggle');
  });

  it('has what is shown: text, tokens, ids, certainty, scores and choices', () => {
    expect(saved(false)).toMatchObject({
      format: 'seqsal-salience',
      version: 1,
      prompt: 'One two',
      target: ' three four.',
      source: 'response',
      tokens: ['<s>', 'One', ' two', ' three', ' four.'],
      special_tokens_mask: [1, 0, 0, 0, 0],
      token_ids: [100, 101, 102, 103, 104],
      logprobs: [null, null, null, -0.12346, -1],
      methods: ['grad_l2', 'grad_dot_input'],
      method_descriptions: GRADIENTS,
      selected: true,
      view: { aggregation: 'mean', certainty: 'shown', method: 'grad_l2' },
    });
    const [salience, ...others] = saved(false).salience;
    expect(others).toEqual([]);
    expect(salience?.selection).toEqual([
      [2, 3],
      [4, 5],
    ]);
    expect(salience?.scores['grad_l2']).toEqual([4, 4.3333, 4.6667, 5, 5.3333]);
  });

  it('has, for a page, every cached selection, the shown one first', () => {
    expect(saved(true).salience.map(({ selection }) => selection)).toEqual([
      [
        [2, 3],
        [4, 5],
      ],
      [[2, 3]],
      [[3, 4]],
    ]);
  });

  it('shows the same in another view, from the file alone', async () => {
    const restored = restoreSaved(saved(true));
    const { example, sequence, selection, choices } = restored;
    const other = new SalienceStore(() => undefined, findStarts);
    other.dispatch({ type: 'adjust', choices });
    other.show(example, createSavedHost(restored), placeOf(example, [sequence], sequence, { selection }));
    await settled();
    const [was, is] = [store.snapshot, other.snapshot];
    expect(is.state).toEqual({ ...was.state, anchor: { start: 2, end: 3 } });
    expect(is.tokens).toEqual(was.tokens);
    expect(is.final).toBe(true);
    other.dispatch({ type: 'select', span: { start: 3, end: 4 }, how: 'only' });
    await settled();
    const expected = { grad_l2: [3, 3.3333, 3.6667, 4, 4.3333] };
    expect(other.snapshot.salience).toMatchObject({ status: 'ready', value: expected });
    other.dispatch({ type: 'select', span: { start: 1, end: 2 }, how: 'only' });
    await settled();
    const reason = 'This is a saved result. It contains the scores of 3 selections, but not of this one.';
    expect(other.snapshot.salience).toEqual({ status: 'error', reason });
  });

  it('can have no selection, and a target from the dataset', async () => {
    store.show({ key: '2', prompt: 'One', target: ' two' }, host);
    const [target] = store.snapshot.sequences;
    if (target) store.dispatch({ type: 'choose', sequence: target });
    newest(host.tokenizations).resolve(wordTokens({ prompt: 'One', target: ' two' }));
    await settled();
    const result = saved(true);
    expect(result).toMatchObject({ source: 'target', selected: false, salience: [] });
    expect(result).not.toHaveProperty('token_ids');
    expect(result).not.toHaveProperty('logprobs');
    const { example, selection, sequence } = restoreSaved(result);
    expect(selection).toBeNull();
    expect(example).toMatchObject({ prompt: 'One', target: ' two' });
    const saving = createSavedHost(restoreSaved(result));
    expect('logprobs' in saving).toBe(false);
    await expect(saving.generate('One', signal)).resolves.toEqual([]);
    expect(sequence.label).toBe('Target');
  });
});

it('is null before there are tokens', () => {
  expect(saveSnapshot(store.snapshot, true)).toBeNull();
});

it('takes at most 100 bytes for each token and method', async () => {
  await open(' internationalization'.repeat(2000), ' répétition.'.repeat(100));
  store.dispatch({ type: 'adjust', choices: { certainty: true } });
  newest(host.sureties).resolve(Array.from({ length: 2101 }, () => -1.23456789e-7));
  store.dispatch({ type: 'select', span: { start: 2050, end: 2060 }, how: 'only' });
  const scores = Array.from({ length: 2101 }, (_, i) => -1.23456789e-12 * i);
  newest(host.saliences).resolve({ grad_l2: scores, grad_dot_input: scores });
  await settled();
  const bytes = new TextEncoder().encode(JSON.stringify(saved(false))).length;
  expect(bytes).toBeLessThan(100 * 2101 * 2);
});

it('describes its methods, unknown ones too', async () => {
  host = new SureHost([CONTRAST, 'someones']);
  await open('One', ' two');
  const { methods, method_descriptions: written } = saved(false);
  expect(methods).toEqual(['contrast', 'someones']);
  expect(written).toMatchObject([CONTRAST, { name: 'someones', label: 'someones', signed: null }]);
});

describe('an invalid file', () => {
  const good: SavedResult = {
    format: 'seqsal-salience',
    version: 1,
    prompt: 'a',
    target: ' b',
    source: 'response',
    tokens: ['a', ' b'],
    special_tokens_mask: [0, 0],
    methods: ['grad_l2'],
    salience: [{ selection: [[1, 2]], scores: { grad_l2: [1, 0] } }],
    selected: true,
    view: {},
  };

  it('differs from a valid one', () => {
    expect(readSaved(good)).toEqual(good);
  });

  test.each([
    [null, 'A saved result must be an object with fields, but is null.'],
    [[], 'A saved result must be an object with fields, but is [].'],
    [{}, 'A saved result must have "format": "seqsal-salience", but this has missing.'],
    [{ ...good, version: 2 }, 'This reads version 1 of saved results, but this one is version 2. Use a newer seqsal.'],
    [{ ...good, prompt: 3 }, 'prompt of a saved result must be a text, but is 3.'],
    [{ ...good, source: 'x' }, 'source of a saved result must be "response" or "target", but is "x".'],
    [
      { ...good, tokens: ['a', 3] },
      'tokens of a saved result must be a list with entries of one kind, but is ["a",3].',
    ],
    [
      { ...good, special_tokens_mask: [0] },
      'special_tokens_mask of a saved result must be 2 long, one entry for each token, but is 1.',
    ],
    [{ ...good, token_ids: [1] }, 'token_ids of a saved result must be 2 long, one entry for each token, but is 1.'],
    [
      { ...good, logprobs: [null, 'x'] },
      'logprobs of a saved result must be a list with entries of one kind, but is [null,"x"].',
    ],
    [
      { ...good, salience: [{ selection: [[1, 3]], scores: {} }] },
      'selection of a saved result must be ranges [start, end) of 2 tokens, in order and apart, but is [[1,3]].',
    ],
    [
      { ...good, salience: [{ selection: [], scores: {} }] },
      'selection of a saved result must be at least one range, but is [].',
    ],
    [
      { ...good, salience: [{ selection: [[1, 2]], scores: { grad_l2: [1] } }] },
      'grad_l2 of a saved result must be 2 long, one entry for each token, but is 1.',
    ],
    [
      { ...good, method_descriptions: [{ name: 'grad_l2' }] },
      'method_descriptions of a saved result must be a list of method descriptions, but is [{"name":"grad_l2"}].',
    ],
    ...[GRADIENTS.toReversed(), GRADIENTS.slice(0, 1), []].map((descriptions): [unknown, string] => [
      { ...good, methods: GRADIENTS.map(nameOf), method_descriptions: descriptions },
      `method_descriptions of a saved result must be of the methods, in the same order, but is ${JSON.stringify(descriptions.map(nameOf))}.`,
    ]),
    [{ ...good, view: { marking: 3 } }, 'view of a saved result must be texts by name, but is {"marking":3}.'],
  ])('%j', (value, reason) => {
    expect(() => readSaved(value)).toThrow(new Error(reason));
  });
});

describe('a page', () => {
  const hostile = '</script><script>alert(1)</script><!-- \u2028 ]]> &amp; "\'';

  it('contains a text that would end the script unchanged', () => {
    const json = scriptJson({ hostile });
    expect(json).not.toMatch(/<|\u2028/);
    expect(JSON.parse(json)).toEqual({ hostile });
  });

  it('has the target in its title, and no markup from it', async () => {
    await open('One', ` ${hostile.replaceAll(' ', '')} two`);
    const page = pageSource(saved(true), 'var seqsalView;');
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page).toContain('<title>Sequence Salience: &lt;/script&gt;&lt;script&gt;alert(1)');
  });

  it('refuses a script that would end early', () => {
    expect(() => pageSource(saved(true), '"</SCRIPT>"')).toThrow();
  });
});
