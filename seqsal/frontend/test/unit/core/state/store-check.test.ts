import { beforeEach, describe, expect, it } from 'vitest';
import { keyOf } from '../../../../src/core/text/token-set.js';
import type { TokenSet } from '../../../../src/core/text/token-set.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { STOPPED } from '../../../../src/core/state/request.js';
import { makeDerive } from '../../../../src/core/state/derive.js';
import { CheckHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';
import { ABLATION, CONTRAST, GRADIENTS, LIME } from '../../../helpers/methods.js';

const PROMPT = 'One two. Three four. Five six. Seven eight.';
const ANSWER = ' Nine ten. Eleven.';
/** The sentences of the prompt, which are tokens 1 to 8, and the first of the answer. */
const SENTENCES = ['1-3', '3-5', '5-7', '7-9', '9-11'];

let store: SalienceStore;
let host: CheckHost;
const derive = makeDerive();

beforeEach(async () => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new CheckHost([...GRADIENTS, ABLATION, LIME, CONTRAST]);
  store.show({ key: '1', prompt: PROMPT, target: '' }, host);
  newest(host.generations).resolve([{ text: ANSWER, score: null }]);
  await settled();
  newest(host.tokenizations).resolve(wordTokens(newest(host.tokenizations).input));
  await settled();
});

function select(start: number, end = start + 1): void {
  store.dispatch({ type: 'select', span: { start, end }, how: 'only' });
}

async function score(): Promise<void> {
  const { input, resolve } = newest(host.saliences);
  resolve(Object.fromEntries(input.methods.map((name) => [name, input.targetMask.map((_, i) => i)])));
  await settled();
}

async function explain(start = 11): Promise<void> {
  select(start);
  await score();
}

function adjust(choices: { method?: string; unit?: 'words' | 'sentences' }): void {
  const granularity = choices.unit && { unit: choices.unit, pattern: '', role: 'ends' as const };
  store.dispatch({
    type: 'adjust',
    choices: { ...(choices.method && { method: choices.method }), ...(granularity && { granularity }) },
  });
}

function removals(): string[] {
  return newest(host.checks).input.removals.map(keyOf);
}

const effect = (removed: TokenSet): number => removed.reduce((sum, { start, end }) => sum + end - start, 0);

describe('a check', () => {
  it('removes the scored segments, the strongest of the map first, then several together', async () => {
    await explain();
    store.dispatch({ type: 'check' });
    const { input } = newest(host.checks);
    expect(input).toMatchObject({ prompt: PROMPT, target: ANSWER, versus: null });
    expect(input.targetMask.indexOf(1)).toBe(11);
    expect(input.segments.map((span) => keyOf([span]))).toEqual(SENTENCES);
    expect(removals().slice(0, 5)).toEqual(SENTENCES.toReversed());
    expect(removals()[5]).toBe('7-11');
    expect(store.snapshot.check).toMatchObject({ status: 'pending', progress: { stage: 'removal', done: 0 } });
  });

  it('shows results as they arrive, and how far they agree in the end', async () => {
    await explain();
    store.dispatch({ type: 'check' });
    host.effect(0, 3);
    expect(store.snapshot.check).toMatchObject({ progress: { stage: 'removal', done: 1 } });
    const early = derive(store.snapshot).checked;
    expect(Array.from(early?.effects ?? []).filter((value) => !Number.isNaN(value))).toEqual([3]);
    await host.answerCheck(effect);
    expect(store.snapshot.check.status).toBe('ready');
    expect(derive(store.snapshot).checked).toMatchObject({ incomplete: false, agreement: { removed: 5, of: 5 } });
  });

  it('is cancelled by a newer one and by another selection; what is known stays with the selection', async () => {
    await explain();
    store.dispatch({ type: 'check' });
    const first = newest(host.checks);
    host.effect(0, 3);
    select(10);
    expect(first.signal.aborted).toBe(true);
    expect(store.snapshot.check.status).toBe('idle');
    await score();
    store.dispatch({ type: 'check' });
    store.dispatch({ type: 'check' });
    expect(host.checks[1]?.signal.aborted).toBe(true);
    select(11);
    expect(derive(store.snapshot).checked?.check.effects).toEqual([null, null, null, null, 3]);
    store.dispatch({ type: 'check' });
    expect(removals(), 'what is known is not removed again').not.toContain('9-11');
  });

  it('can be stopped and continued; a late effect is dropped', async () => {
    await explain();
    store.dispatch({ type: 'check' });
    const { effect: late } = host;
    store.dispatch({ type: 'stop', what: 'check' });
    expect(store.snapshot.check).toMatchObject({ status: 'error', reason: STOPPED });
    late(0, 5);
    expect(derive(store.snapshot).checked).toBeNull();
    store.dispatch({ type: 'retry', what: 'check' });
    expect(store.snapshot.check.status).toBe('pending');
  });

  it('shows the reason of the server, and keeps what has arrived', async () => {
    await explain();
    store.dispatch({ type: 'check' });
    host.effect(0, 3);
    newest(host.checks).reject(new Error('Out of memory.'));
    await settled();
    expect(store.snapshot.check).toMatchObject({ status: 'error', reason: 'Out of memory.' });
    expect(derive(store.snapshot).checked?.agreement?.removed).toBe(1);
    expect(store.snapshot.salience.status).toBe('ready');
  });

  it('needs a map and a host that can remove segments', () => {
    store.dispatch({ type: 'check' });
    select(11);
    store.dispatch({ type: 'check' });
    expect(host.checks).toEqual([]);
  });
});

describe('the map of removals', () => {
  it('loads the map that it is compared with, and starts a check automatically', async () => {
    adjust({ method: 'ablation' });
    select(11);
    expect(newest(host.saliences).input.methods).toEqual(['grad_l2', 'grad_dot_input']);
    await score();
    expect(host.checks).toHaveLength(1);
    await host.answerCheck(effect);
    const { values, signed } = derive(store.snapshot);
    expect(Array.from(values ?? []).slice(1, 6)).toEqual([2, 2, 2, 2, 2]);
    expect(signed).toBe(true);
  });

  it('is checked again in another granularity, and only once in each', async () => {
    await explain();
    adjust({ method: 'ablation' });
    await host.answerCheck(effect);
    adjust({ unit: 'words' });
    await settled();
    expect(host.checks).toHaveLength(2);
    expect(newest(host.checks).input.segments).toHaveLength(10);
    await host.answerCheck(effect);
    adjust({ unit: 'sentences' });
    await settled();
    expect(host.checks).toHaveLength(2);
    expect(derive(store.snapshot).checked?.agreement?.of).toBe(5);
  });

  it('is not restarted after it was stopped', async () => {
    await explain();
    adjust({ method: 'ablation' });
    store.dispatch({ type: 'stop', what: 'check' });
    await settled();
    expect(host.checks).toHaveLength(1);
  });
});

describe('a method that scores segments', () => {
  it('is requested with the segments of the granularity, and again for others', async () => {
    await explain();
    adjust({ method: 'lime' });
    expect(newest(host.saliences).input.segments?.map((span) => keyOf([span]))).toEqual(SENTENCES);
    await score();
    adjust({ unit: 'words' });
    await settled();
    expect(store.snapshot.salience.status).toBe('pending');
    expect(newest(host.saliences).input).toMatchObject({ methods: ['lime'] });
    expect(newest(host.saliences).input.segments).toHaveLength(10);
    await score();
    const count = host.saliences.length;
    adjust({ method: 'grad_l2' });
    adjust({ unit: 'sentences' });
    await settled();
    expect(host.saliences).toHaveLength(count);
    adjust({ method: 'lime' });
    expect(newest(host.saliences).input.segments).toHaveLength(5);
  });

  it('of single tokens is requested without segments', async () => {
    await explain();
    expect(newest(host.saliences).input).not.toHaveProperty('segments');
  });
});

describe('a contrast', () => {
  const versus = { text: ' Twelve.', token: null };

  async function contrast(): Promise<void> {
    store.dispatch({ type: 'contrast', versus });
    const { input, resolve } = newest(host.contrasts);
    resolve({ scores: { grad_l2: input.targetMask.map(() => 2) }, logprobs: [-1, -3] });
    await settled();
  }

  it('changes nothing until its scores are there', async () => {
    await explain();
    store.dispatch({ type: 'contrast', versus });
    expect(store.snapshot.state.versus).toBeNull();
    expect(newest(host.contrasts).input).toMatchObject({ versus, methods: ['grad_l2', 'grad_dot_input'] });
    newest(host.contrasts).reject(new Error('The other text must differ.'));
    await settled();
    expect(store.snapshot.contrast).toEqual({ status: 'error', reason: 'The other text must differ.' });
    expect(store.snapshot.salience.status).toBe('ready');
    expect(store.snapshot.state.versus).toBeNull();
  });

  it('has scores and log-probabilities of its own, and ends with one action', async () => {
    await explain();
    await contrast();
    expect(store.snapshot.state.versus).toBe(versus);
    expect(store.snapshot.scored?.logprobs).toEqual([-1, -3]);
    expect(store.snapshot.contrast.status).toBe('idle');
    store.dispatch({ type: 'contrast', versus: null });
    expect(store.snapshot.scored).toMatchObject({ versus: null, logprobs: null });
    expect(host.saliences, 'what is known is not requested again').toHaveLength(1);
    await contrast().catch(() => undefined);
    expect(host.contrasts, 'also of the contrast').toHaveLength(1);
  });

  it('of a token selects it, and another selection ends it', async () => {
    await explain();
    store.dispatch({ type: 'contrast', versus: { text: 'x', token: 7 }, span: { start: 10, end: 11 } });
    const { input, resolve } = newest(host.contrasts);
    expect(input.targetMask.indexOf(1)).toBe(10);
    resolve({ scores: { grad_l2: input.targetMask.map(() => 1) }, logprobs: [-1, -2] });
    await settled();
    expect(store.snapshot.state.selection).toEqual([{ start: 10, end: 11 }]);
    select(11);
    expect(store.snapshot.state.versus).toBeNull();
  });

  it('is checked too', async () => {
    await explain();
    await contrast();
    store.dispatch({ type: 'check' });
    expect(newest(host.checks).input.versus).toBe(versus);
  });
});

describe('alternatives', () => {
  it('are requested once for each position', async () => {
    store.dispatch({ type: 'alternatives', position: 10 });
    expect(store.snapshot.alternatives).toMatchObject({ position: 10, request: { status: 'pending' } });
    const found = [{ id: 1, text: 'a', logprob: -1 }];
    newest(host.alternativeCalls).resolve(found);
    await settled();
    store.dispatch({ type: 'alternatives', position: null });
    expect(store.snapshot.alternatives).toBeNull();
    store.dispatch({ type: 'alternatives', position: 10 });
    expect(store.snapshot.alternatives?.request).toEqual({ status: 'ready', value: found });
    expect(host.alternativeCalls).toHaveLength(1);
  });
});

describe('another prompt', () => {
  it('is shown next to this one by the host', () => {
    store.dispatch({ type: 'compare', prompt: 'One two.' });
    expect(host.added).toEqual(['One two.']);
  });
});
