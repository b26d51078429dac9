import { beforeEach, describe, expect, it } from 'vitest';
import type { Example } from '../../../../src/core/state/host.js';
import { partialText } from '../../../../src/core/state/request.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import type { Gesture } from '../../../../src/core/state/view-state.js';
import { HandHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';

const PROMPT: Example = { key: 'toy/1', prompt: 'One two', target: '' };
const WITH_TARGET: Example = { key: 'toy/2', prompt: 'Three four', target: ' five six' };

let store: SalienceStore;
let host: HandHost;

beforeEach(() => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new HandHost();
});

async function answer(text = ' three four.'): Promise<void> {
  newest(host.generations).resolve([{ text, score: null }]);
  await settled();
  await tokenize();
}

async function tokenize(): Promise<void> {
  const call = newest(host.tokenizations);
  call.resolve(wordTokens(call.input));
  await settled();
}

async function score(from = host): Promise<Record<string, number[]>> {
  const call = newest(from.saliences);
  const scores = {
    grad_l2: call.input.targetMask.map((_, i) => i),
    grad_dot_input: call.input.targetMask.map(() => -1),
  };
  call.resolve(scores);
  await settled();
  return scores;
}

function selectTokens(start: number, end: number, how: Gesture = 'only'): void {
  store.dispatch({ type: 'select', span: { start, end }, how });
}

describe('an example without a target', () => {
  it('is shown alone while the model generates, and then with its response', async () => {
    store.show(PROMPT, host);
    expect(store.snapshot.generation.status).toBe('pending');
    expect(store.snapshot.sequence).toBeNull();
    await answer();
    expect(store.snapshot.sequence).toEqual({
      source: 'response',
      text: ' three four.',
      score: null,
      label: 'Response',
    });
    expect(store.snapshot.tokens.status).toBe('ready');
    expect(store.snapshot.salience.status).toBe('idle');
  });

  it('shows why there is no response, and can be retried', async () => {
    store.show(PROMPT, host);
    newest(host.generations).reject(new Error('Out of memory.'));
    await settled();
    expect(store.snapshot.generation).toEqual({ status: 'error', reason: 'Out of memory.' });
    store.dispatch({ type: 'retry', what: 'generation' });
    expect(store.snapshot.generation.status).toBe('pending');
    await answer();
    expect(store.snapshot.sequence?.text).toBe(' three four.');
  });
});

describe('an example with a target', () => {
  it('shows the response, and lists both', async () => {
    store.show(WITH_TARGET, host);
    expect(store.snapshot.sequence).toBeNull();
    newest(host.generations).resolve([
      { text: 'a', score: -1 },
      { text: 'b', score: -2 },
    ]);
    await settled();
    expect(store.snapshot.sequence?.text).toBe('a');
    expect(store.snapshot.sequences.map(({ label }) => label)).toEqual(['Response 1', 'Response 2', 'Target']);
  });

  it('shows the target if there is no response', async () => {
    store.show(WITH_TARGET, host);
    newest(host.generations).reject(new Error('Out of memory.'));
    await settled();
    expect(store.snapshot.sequence?.text).toBe(' five six');
    expect(store.snapshot.generation.status).toBe('error');
  });

  it('shows the target at once if the user chose a target before', () => {
    store.show(WITH_TARGET, host);
    const [target] = store.snapshot.sequences;
    if (target) store.dispatch({ type: 'choose', sequence: target });
    expect(newest(host.tokenizations).input.target).toBe(' five six');
    store.show({ key: 'toy/3', prompt: 'Seven', target: ' eight' }, host);
    expect(store.snapshot.sequence?.text).toBe(' eight');
    expect(store.snapshot.generation.status).toBe('pending');
  });
});

describe('a selection', () => {
  beforeEach(async () => {
    store.show(PROMPT, host);
    await answer();
  });

  it('requests the salience of its tokens, without special ones', () => {
    selectTokens(0, 3);
    expect(newest(host.saliences).input).toEqual({
      prompt: 'One two',
      target: ' three four.',
      targetMask: [0, 1, 1, 0, 0],
      methods: ['grad_l2', 'grad_dot_input'],
    });
    expect(store.snapshot.salience.status).toBe('pending');
  });

  it('is removed by a second click, which aborts its request', async () => {
    selectTokens(3, 4);
    const call = newest(host.saliences);
    selectTokens(3, 4);
    expect(call.signal.aborted).toBe(true);
    call.resolve({ grad_l2: [1, 1, 1, 1, 1] });
    await settled();
    expect(store.snapshot.state.selection).toBeNull();
    expect(store.snapshot.salience.status).toBe('idle');
  });

  it('is extended from its anchor, in both directions', () => {
    selectTokens(3, 4);
    selectTokens(4, 5, 'extend');
    expect(store.snapshot.state.selection).toEqual([{ start: 3, end: 5 }]);
    selectTokens(2, 3, 'extend');
    expect(store.snapshot.state.selection).toEqual([{ start: 2, end: 4 }]);
  });

  it('stays when the granularity or the method changes, without a new request', async () => {
    selectTokens(3, 4);
    const scores = await score();
    store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'words', pattern: '', role: 'ends' } } });
    store.dispatch({ type: 'adjust', choices: { method: 'grad_dot_input' } });
    expect(store.snapshot.state.selection).toEqual([{ start: 3, end: 4 }]);
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: scores });
    expect(host.saliences).toHaveLength(1);
  });

  it('that was seen before is shown from the cache', async () => {
    selectTokens(3, 4);
    const first = await score();
    selectTokens(4, 5);
    await score();
    selectTokens(3, 4);
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: first });
    expect(host.saliences).toHaveLength(2);
  });

  it('never shows the scores of the one before it', async () => {
    selectTokens(3, 4);
    const stale = newest(host.saliences);
    selectTokens(4, 5);
    stale.resolve({ grad_l2: [9, 9, 9, 9, 9] });
    await settled();
    expect(store.snapshot.salience.status).toBe('pending');
    const fresh = await score();
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: fresh });
  });

  it('shows why there is no salience, and can be retried', async () => {
    selectTokens(3, 4);
    newest(host.saliences).reject(new Error('Too long.'));
    await settled();
    expect(store.snapshot.salience).toEqual({ status: 'error', reason: 'Too long.' });
    store.dispatch({ type: 'retry', what: 'salience' });
    const scores = await score();
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: scores });
  });

  it('is not painted with scores for another number of tokens', async () => {
    selectTokens(3, 4);
    newest(host.saliences).resolve({ grad_l2: [1, 2, 3] });
    await settled();
    expect(store.snapshot.salience).toEqual({
      status: 'error',
      reason: 'The model scored 3 tokens with grad_l2, but the text has 5.',
    });
  });
});

describe('another example', () => {
  it('drops the selection and all pending answers', async () => {
    store.show(PROMPT, host);
    await answer();
    selectTokens(3, 4);
    const late = newest(host.saliences);
    const next = new HandHost();
    store.show(WITH_TARGET, next);
    expect(late.signal.aborted).toBe(true);
    expect(store.snapshot.state.selection).toBeNull();
    late.resolve({ grad_l2: [1, 1, 1, 1, 1] });
    await settled();
    expect(store.snapshot.salience.status).toBe('idle');
    expect(newest(next.generations).input).toBe('Three four');
  });

  it('ignores the response of the previous one', async () => {
    store.show(PROMPT, host);
    const late = newest(host.generations);
    const next = new HandHost();
    store.show({ key: 'toy/9', prompt: 'Nine', target: '' }, next);
    late.resolve([{ text: ' late', score: null }]);
    await settled();
    expect(late.signal.aborted).toBe(true);
    expect(store.snapshot.sequences).toEqual([]);
    expect(store.snapshot.generation.status).toBe('pending');
  });

  it('keeps the granularity, and the method if the model has it', () => {
    store.show(PROMPT, host);
    store.dispatch({ type: 'adjust', choices: { method: 'grad_dot_input' } });
    store.show(WITH_TARGET, host);
    expect(store.snapshot.state.method).toBe('grad_dot_input');
    store.show(PROMPT, new HandHost(['shapley']));
    expect(store.snapshot.state.method).toBe('shapley');
  });

  it('can be null', () => {
    store.show(PROMPT, host);
    store.show(null, null);
    expect(newest(host.generations).signal.aborted).toBe(true);
    expect(store.snapshot).toMatchObject({ example: null, sequence: null, generation: { status: 'idle' } });
  });
});

describe('stopping', () => {
  it('cancels the generation, and allows a retry', async () => {
    store.show(PROMPT, host);
    store.dispatch({ type: 'stop', what: 'generation' });
    expect(newest(host.generations).signal.aborted).toBe(true);
    expect(store.snapshot.generation.status).toBe('error');
    store.dispatch({ type: 'retry', what: 'generation' });
    await answer();
    expect(store.snapshot.tokens.status).toBe('ready');
  });

  it.each([
    ['stays in sight, and the target waits to be chosen', 'Half an', undefined],
    ['gives way to the target where there is nothing of it', '', 'Yes.'],
  ])('the partial text %s', async (_, text, shown) => {
    store.show({ ...PROMPT, target: 'Yes.' }, host);
    if (text !== '') host.report({ stage: 'writing', text });
    store.dispatch({ type: 'stop', what: 'generation' });
    newest(host.generations).reject(new Error('aborted'));
    await settled();
    expect(partialText(store.snapshot.generation)).toBe(text);
    expect(store.snapshot.sequence?.text).toBe(shown);
    expect(store.snapshot.sequences.map(({ label }) => label)).toEqual(['Target']);
  });
});
