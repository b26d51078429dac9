import { beforeEach, describe, expect, it } from 'vitest';
import { SalienceStore } from '../../../../src/core/state/store.js';
import {
  PrefetchHost,
  HandHost,
  SureHost,
  findStarts,
  newest,
  settled,
  wordTokens,
} from '../../../helpers/hand-host.js';

const LOGPROBS = [null, null, -0.1, -2];
let store: SalienceStore;
let host: SureHost;

beforeEach(async () => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new SureHost();
  await open(host);
});

async function open(to: HandHost, key = '1'): Promise<void> {
  store.show({ key, prompt: 'One', target: '' }, to);
  newest(to.generations).resolve([{ text: ' two three.', score: null }]);
  await settled();
  const call = newest(to.tokenizations);
  call.resolve(wordTokens(call.input));
  await settled();
}

function show(certainty: boolean): void {
  store.dispatch({ type: 'adjust', choices: { certainty } });
}

describe('how sure the model was', () => {
  it('is requested once, when it is switched on', async () => {
    expect(host.sureties).toEqual([]);
    show(true);
    expect(newest(host.sureties).input).toEqual({ prompt: 'One', target: ' two three.' });
    newest(host.sureties).resolve(LOGPROBS);
    await settled();
    expect(store.snapshot.logprobs).toEqual({ status: 'ready', value: LOGPROBS });
    show(false);
    show(true);
    expect(host.sureties).toHaveLength(1);
  });

  it('is requested for the next sequence too, and a late answer is dropped', async () => {
    show(true);
    const late = newest(host.sureties);
    await open(host, '2');
    expect(late.signal.aborted).toBe(true);
    expect(host.sureties).toHaveLength(2);
    late.resolve(LOGPROBS);
    await settled();
    expect(store.snapshot.logprobs.status).toBe('pending');
  });

  it('shows an error, and can be retried', async () => {
    show(true);
    newest(host.sureties).reject(new Error('Out of memory.'));
    await settled();
    expect(store.snapshot.logprobs).toEqual({ status: 'error', reason: 'Out of memory.' });
    store.dispatch({ type: 'retry', what: 'logprobs' });
    newest(host.sureties).resolve(LOGPROBS);
    await settled();
    expect(store.snapshot.logprobs.status).toBe('ready');
  });

  it('can be stopped', () => {
    show(true);
    store.dispatch({ type: 'stop', what: 'logprobs' });
    expect(newest(host.sureties).signal.aborted).toBe(true);
    expect(store.snapshot.logprobs.status).toBe('error');
  });

  it('leaves no request and no error when it is switched off', async () => {
    show(true);
    const call = newest(host.sureties);
    show(false);
    expect(call.signal.aborted).toBe(true);
    expect(store.snapshot.logprobs.status).toBe('idle');
    show(true);
    newest(host.sureties).reject(new Error('Out of memory.'));
    await settled();
    show(false);
    expect(store.snapshot.logprobs.status).toBe('idle');
  });

  it('is not painted for another number of tokens', async () => {
    show(true);
    newest(host.sureties).resolve([-1]);
    await settled();
    expect(store.snapshot.logprobs).toEqual({
      status: 'error',
      reason: 'The model gave log-probabilities for 1 tokens, but the text has 4.',
    });
  });

  it('is not available from every model', async () => {
    expect(store.snapshot.hasLogprobs).toBe(true);
    show(true);
    await open(new HandHost(), '3');
    expect(store.snapshot).toMatchObject({ hasLogprobs: false, logprobs: { status: 'idle' } });
  });

  it('has priority over a prefetch', async () => {
    class Both extends PrefetchHost {
      readonly logprobs = (): Promise<never> => new Promise<never>(() => undefined);
    }
    show(true);
    const both = new Both();
    await open(both, '4');
    expect(both.prefetches).toEqual([]);
    store.dispatch({ type: 'stop', what: 'logprobs' });
    await settled();
    expect(both.prefetches).toHaveLength(1);
  });
});

describe('a selection with a gap', () => {
  it('is requested with the gap in its mask, and keeps it when the granularity changes', async () => {
    store.dispatch({ type: 'select', span: { start: 1, end: 2 }, how: 'only' });
    store.dispatch({ type: 'select', span: { start: 3, end: 4 }, how: 'toggle' });
    expect(newest(host.saliences).input.targetMask).toEqual([0, 1, 0, 1]);
    expect(host.saliences[0]?.signal.aborted, 'a newer wish cancels an older one').toBe(true);
    newest(host.saliences).resolve({ grad_l2: [0, 1, 2, 0] });
    await settled();
    store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'tokens', pattern: '', role: 'ends' } } });
    await settled();
    expect(store.snapshot.state.selection).toEqual([
      { start: 1, end: 2 },
      { start: 3, end: 4 },
    ]);
    expect(store.snapshot.salience.status).toBe('ready');
    expect(host.saliences).toHaveLength(2);
  });
});
