import { describe, expect, it, vi } from 'vitest';
import type { Tell } from '../../../../src/core/state/host.js';
import { RequestSlot, STOPPED, writtenOf } from '../../../../src/core/state/request.js';
import { settled } from '../../../helpers/hand-host.js';

/** A request that waits until the test answers it. */
class Deferred {
  signal: AbortSignal | null = null;
  resolve: (value: string) => void = () => undefined;
  reject: (reason: unknown) => void = () => undefined;

  readonly ask = (signal: AbortSignal): Promise<string> => {
    this.signal = signal;
    return new Promise((resolve, reject) => {
      [this.resolve, this.reject] = [resolve, reject];
    });
  };
}

describe('a request', () => {
  it('is idle, then pending, then ready, and tells of each change', async () => {
    const changed = vi.fn();
    const slot = new RequestSlot<string>(changed);
    const first = new Deferred();
    expect(slot.state).toEqual({ status: 'idle' });
    void slot.start(first.ask);
    expect(slot.state.status).toBe('pending');
    first.resolve('done');
    await settled();
    expect(slot.state).toEqual({ status: 'ready', value: 'done' });
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('that is rejected is an error with its reason', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start(first.ask);
    first.reject(new Error('Too long: 9 tokens, and 5 fit.'));
    await settled();
    expect(slot.state).toEqual({ status: 'error', reason: 'Too long: 9 tokens, and 5 fit.' });
  });

  it('that throws at once is an error too', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    await slot.start(() => {
      throw new Error('no');
    });
    expect(slot.state).toEqual({ status: 'error', reason: 'no' });
  });

  it('gives way to a newer one: the older is aborted, and its answer dropped', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const [older, newer] = [new Deferred(), new Deferred()];
    void slot.start(older.ask);
    void slot.start(newer.ask);
    expect(older.signal?.aborted).toBe(true);
    newer.resolve('new');
    await settled();
    older.resolve('old');
    await settled();
    expect(slot.state).toEqual({ status: 'ready', value: 'new' });
  });

  it('drops a late error as well', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const [older, newer] = [new Deferred(), new Deferred()];
    void slot.start(older.ask);
    void slot.start(newer.ask);
    older.reject(new Error('old'));
    await settled();
    expect(slot.state.status).toBe('pending');
  });

  it('that is stopped aborts, says so, and stays so', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start(first.ask);
    slot.stop();
    first.resolve('late');
    await settled();
    expect(first.signal?.aborted).toBe(true);
    expect(slot.state).toEqual({ status: 'error', reason: STOPPED });
  });

  it('that is reset is idle, whatever comes', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start(first.ask);
    slot.reset();
    first.resolve('late');
    await settled();
    expect(slot.state).toEqual({ status: 'idle' });
  });

  it('that is stopped keeps what was written, and one that begins anew does not', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start((signal, tell) => {
      tell({ stage: 'writing', text: 'Half an' });
      return first.ask(signal);
    });
    expect(writtenOf(slot.state)).toBe('Half an');
    slot.stop();
    expect(first.signal?.aborted).toBe(true);
    first.reject(new Error('aborted'));
    await settled();
    expect(slot.state).toEqual({ status: 'error', reason: STOPPED, report: { stage: 'writing', text: 'Half an' } });
    expect(writtenOf(slot.state)).toBe('Half an');
    void slot.start(new Deferred().ask);
    expect(writtenOf(slot.state)).toBe('');
  });

  it('that fails in the middle keeps what was written', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start((signal, tell) => {
      tell({ stage: 'writing', text: 'Half an' });
      return first.ask(signal);
    });
    first.reject(new Error('No memory.'));
    await settled();
    expect(slot.state).toEqual({
      status: 'error',
      reason: 'No memory.',
      report: { stage: 'writing', text: 'Half an' },
    });
  });

  it('says how far it is, as long as it is the newest', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    let tell: Tell = () => undefined;
    const first = new Deferred();
    void slot.start((signal, told) => {
      tell = told;
      return first.ask(signal);
    });
    const { state } = slot;
    tell({ stage: 'forward' });
    expect(slot.state).toEqual({ ...state, report: { stage: 'forward' } });
    const second = new Deferred();
    void slot.start(second.ask);
    tell({ stage: 'queued', place: 3 });
    expect(slot.state).not.toHaveProperty('report');
    slot.stop();
    tell({ stage: 'forward' });
    await settled();
    expect(slot.state).toEqual({ status: 'error', reason: STOPPED });
  });
});
