import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeMethods } from '../../../../src/core/scores/methods.js';
import type { MethodDescription } from '../../../../src/core/scores/methods.js';
import { restoreSaved } from '../../../../src/core/saved/result.js';
import { NO_KERNEL, NotebookChannel } from '../../../../src/host/notebook/channel.js';
import { createNotebookHost } from '../../../../src/host/notebook/host.js';
import { FakeModel } from '../../../helpers/fake-model.js';

const TEXT = { prompt: 'One two', target: ' three four' };
const SAVED = {
  ...TEXT,
  format: 'seqsal-salience',
  version: 1,
  source: 'response',
  tokens: ['<s>', 'One', ' two', ' three', ' four'],
  special_tokens_mask: [1, 0, 0, 0, 0],
  methods: ['grad_l2'],
  selected: true,
  salience: [{ selection: [[3, 4]], scores: { grad_l2: [0, 2, 1, 0, 0] } }],
  view: {},
} as const;

const METHODS = ['grad_l2', 'grad_dot_input'];
const one = (): MethodDescription[] => describeMethods(['grad_l2']);
const both = (): MethodDescription[] => describeMethods(METHODS);

/** The saved answer is the only one that the model gave. */
const alone = (): boolean => false;

let model: FakeModel;
let revived: number;
let channel: NotebookChannel;

beforeEach(() => {
  vi.useFakeTimers();
  model = new FakeModel(TEXT);
  revived = 0;
  channel = new NotebookChannel(model, () => (revived += 1));
});

afterEach(() => {
  vi.useRealTimers();
});

function signal(): AbortSignal {
  return new AbortController().signal;
}

describe('requests to the kernel', () => {
  it('are answered by id, in any order', async () => {
    const [first, second] = ['a', 'b'].map((name) => channel.request('tokenize', { name }, signal()));
    const ids = model.sent.filter(({ type }) => type === 'ask').map(({ id }) => id);
    model.say({ type: 'answer', id: ids[1], value: 2 });
    model.say({ type: 'answer', id: 'of another page', value: 3 });
    model.say({ type: 'answer', id: ids[0], value: 1 });
    expect([(await first)?.value, (await second)?.value]).toEqual([1, 2]);
  });

  it('fail with the reason of the kernel', async () => {
    const answer = channel.request('generate', {}, signal());
    model.say({ type: 'error', id: model.request('generate')['id'], reason: 'Too long by 3 tokens.' });
    await expect(answer).rejects.toThrow('Too long by 3 tokens.');
  });

  it('that are aborted are cancelled in the kernel, and a late answer is ignored', async () => {
    const controller = new AbortController();
    const answer = channel.request('salience', {}, controller.signal);
    controller.abort();
    await expect(answer).rejects.toThrow('The request was cancelled.');
    const { id } = model.request('salience');
    expect(model.sent.at(-1)).toEqual({ type: 'cancel', id });
    model.say({ type: 'answer', id, value: 1 });
  });

  it('report progress', async () => {
    const seen: unknown[] = [];
    const answer = channel.request('generate', {}, signal(), (progress) => seen.push(progress));
    const { id } = model.request('generate');
    model.say({ type: 'progress', id, value: { stage: 'writing' } });
    model.say({ type: 'answer', id, value: 1 });
    await answer;
    expect(seen).toEqual([{ stage: 'writing' }]);
  });

  it('fail soon without a kernel, and a callback runs when one answers', async () => {
    const answer = channel.request('salience', {}, signal());
    const failed = expect(answer).rejects.toThrow(NO_KERNEL);
    await vi.advanceTimersByTimeAsync(3100);
    await failed;
    expect(revived).toBe(0);
    model.say({ type: 'welcome' });
    model.say({ type: 'welcome' });
    expect(revived).toBe(1);
  });

  it('have no timeout once the kernel has acknowledged them', async () => {
    const answer = channel.request('generate', {}, signal());
    const { id } = model.request('generate');
    model.say({ type: 'heard', id });
    await vi.advanceTimersByTimeAsync(3_600_000);
    model.say({ type: 'answer', id, value: 'late' });
    expect((await answer).value).toBe('late');
  });
});

describe('a host in the kernel', () => {
  it('sends ranges and methods, and reads scores from a buffer', async () => {
    const host = createNotebookHost(channel, both, () => null, alone);
    const answer = host.salienceOfMany?.(
      { ...TEXT, targetMasks: [[0, 1, 1, 0, 1], [0, 0, 0, 1, 0]], methods: METHODS },
      signal(),
    ); // prettier-ignore
    expect(model.request('salience')['input']).toEqual({ ...TEXT, selections: [[[1, 3], [4, 5]], [[3, 4]]], methods: METHODS }); // prettier-ignore
    const numbers = Array.from({ length: 20 }, (_, i) => i / 2);
    model.answer('salience', { methods: ['grad_l2', 'grad_dot_input'], count: 2 }, numbers);
    expect(await answer).toEqual([
      { grad_l2: numbers.slice(0, 5), grad_dot_input: numbers.slice(5, 10) },
      { grad_l2: numbers.slice(10, 15), grad_dot_input: numbers.slice(15) },
    ]);
  });

  it('reads the scores of a contrast, both log-probabilities and what both texts begin with', async () => {
    const host = createNotebookHost(channel, one, () => null, alone, true);
    const versus = { text: 's', token: null };
    const input = { ...TEXT, targetMask: [0, 0, 0, 1, 0], methods: ['grad_l2'], versus };
    const answer = host.contrast?.(input, signal());
    expect(model.request('salience')['input']).toMatchObject({ selections: [[[3, 4]]], versus });
    model.answer('salience', { methods: ['grad_l2'], count: 1, logprobs: [-1, -2], shared: 2 }, [0, 2, 0, 0, 0]);
    expect(await answer).toEqual({ scores: { grad_l2: [0, 2, 0, 0, 0] }, logprobs: [-1, -2], shared: 2 });
  });

  it('reads tokens, answers and log-probabilities', async () => {
    const host = createNotebookHost(channel, one, () => null, alone);
    const [tokens, answers, logprobs] = [
      host.tokenize(TEXT, signal()),
      host.generate('One', signal()),
      host.logprobs?.(TEXT, signal()),
    ];
    model.answer('tokenize', { tokens: ['<s>', 'a'], special: [true, false], ids: [0, 7] });
    model.answer('generate', { candidates: [{ text: ' a', score: -1 }, { text: ' b', score: null }] }); // prettier-ignore
    model.answer('logprobs', { logprobs: [null, -0.5] });
    expect(await tokens).toEqual({
      tokens: ['<s>', 'a'],
      special: [true, false],
      ids: [0, 7],
      messages: [],
      thinking: [],
      omitted: [],
    });
    expect(await answers).toEqual([{ text: ' a', score: -1 }, { text: ' b', score: null }]); // prettier-ignore
    expect(await logprobs).toEqual([null, -0.5]);
  });

  it('reports the text of an answer so far', async () => {
    const host = createNotebookHost(channel, one, () => null, alone);
    const seen: unknown[] = [];
    const answer = host.generate('One', signal(), (progress) => seen.push(progress));
    const { id } = model.request('generate');
    model.say({ type: 'progress', id, value: { event: 'queued', place: 2 } });
    for (const text of [' two', ' three']) {
      model.say({ type: 'progress', id, value: { event: 'progress', stage: 'writing', text } });
    }
    model.answer('generate', { candidates: [] });
    await answer;
    expect(seen).toEqual([
      { stage: 'queued', position: 2 },
      { stage: 'writing', text: ' two' },
      { stage: 'writing', text: ' two three' },
    ]);
  });

  it('says which map a check is about', async () => {
    const host = createNotebookHost(channel, one, () => null, alone, true);
    const segments = [{ start: 1, end: 3 }];
    const input = { ...TEXT, targetMask: [0, 0, 0, 1], removals: [segments], segments, versus: null, through: true };
    const effects: unknown[] = [];
    const done = host.removalEffects?.(input, signal(), (i, effect) => effects.push([i, effect]));
    const { id, input: sent } = model.request('removals');
    expect(sent).toMatchObject({ selection: [[3, 4]], segments: [[1, 3]], removals: [[[1, 3]]], through: true });
    model.say({ type: 'progress', id, value: { event: 'result', index: 0, effect: 1.5 } });
    model.answer('removals', {});
    await done;
    expect(effects).toEqual([[0, 1.5]]);
  });

  it('asks for the totals of a map', async () => {
    const host = createNotebookHost(channel, one, () => null, alone, true);
    const totals = host.totals?.({ ...TEXT, targetMask: [0, 0, 0, 1], methods: ['linearized'] }, signal());
    expect(model.request('totals')['input']).toEqual({ ...TEXT, selection: [[3, 4]], methods: ['linearized'] });
    model.answer('totals', { totals: { linearized: 1.5 } });
    await expect(totals).resolves.toEqual({ linearized: 1.5 });
    expect(createNotebookHost(channel, one, () => null, alone)).not.toHaveProperty('totals');
  });

  it('uses what is saved in the notebook, and requests the rest', async () => {
    const host = createNotebookHost(channel, one, () => restoreSaved(SAVED), alone);
    expect(await host.generate('One two', signal())).toEqual([{ text: ' three four', score: null }]);
    expect((await host.tokenize(TEXT, signal())).tokens).toEqual(SAVED.tokens);
    expect(await host.salience({ ...TEXT, targetMask: [0, 0, 0, 1, 0], methods: ['grad_l2'] }, signal())).toEqual({
      grad_l2: [0, 2, 1, 0, 0],
    });
    expect(model.sent.filter(({ type }) => type === 'ask')).toEqual([]);
    const other = host.tokenize({ ...TEXT, target: ' else' }, signal());
    model.answer('tokenize', { tokens: [], special: [], ids: [] });
    expect((await other).tokens).toEqual([]);
  });

  it('requests an answer if a target is saved', async () => {
    const target = restoreSaved({ ...SAVED, source: 'target' });
    const host = createNotebookHost(channel, one, () => target, alone);
    const answer = host.generate('One two', signal());
    model.answer('generate', { candidates: [{ text: ' five', score: -1 }] });
    expect(await answer).toEqual([{ text: ' five', score: -1 }]);
  });

  it('requests all answers if the saved one is one of several, and uses that one without a kernel', async () => {
    const host = createNotebookHost(
      channel,
      one,
      () => restoreSaved(SAVED),
      () => true,
    );
    const silent = host.generate('One two', signal());
    await vi.advanceTimersByTimeAsync(3100);
    expect(await silent).toEqual([{ text: ' three four', score: null }]);
    const candidates = [' five', ' three four'].map((text) => ({ text, score: -1 }));
    const answer = host.generate('One two', signal());
    model.answer('generate', { candidates });
    expect(await answer).toEqual(candidates);
    const failing = host.generate('One two', signal());
    model.say({ type: 'error', id: model.request('generate')['id'], reason: 'Too long by 3 tokens.' });
    await expect(failing).rejects.toThrow('Too long by 3 tokens.');
  });

  it('explains what is stored if there is no kernel', async () => {
    const host = createNotebookHost(channel, one, () => restoreSaved(SAVED), alone);
    const answer = host.salience({ ...TEXT, targetMask: [0, 0, 0, 0, 1], methods: ['grad_l2'] }, signal());
    const failed = expect(answer).rejects.toThrow(
      /The kernel does not respond.*scores of one selection, but not of this one/,
    );
    await vi.advanceTimersByTimeAsync(3100);
    await failed;
  });
});
