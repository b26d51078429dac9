import { describe, expect, it, vi } from 'vitest';
import type { ReportProgress } from '../../../../src/core/state/host.js';
import { RequestSlot, STOPPED, partialText } from '../../../../src/core/state/request.js';
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
  it('is idle, then pending, then ready, and reports each change', async () => {
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

  it('that is rejected has an error with its reason', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start(first.ask);
    first.reject(new Error('Too long: 9 tokens, and 5 fit.'));
    await settled();
    expect(slot.state).toEqual({ status: 'error', reason: 'Too long: 9 tokens, and 5 fit.' });
  });

  it('that throws synchronously has an error too', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    await slot.start(() => {
      throw new Error('no');
    });
    expect(slot.state).toEqual({ status: 'error', reason: 'no' });
  });

  it('is replaced by a newer one: the older is aborted, and its answer dropped', async () => {
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

  it('that is stopped is aborted, and keeps that state', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start(first.ask);
    slot.stop();
    first.resolve('late');
    await settled();
    expect(first.signal?.aborted).toBe(true);
    expect(slot.state).toEqual({ status: 'error', reason: STOPPED });
  });

  it('that is reset stays idle', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start(first.ask);
    slot.reset();
    first.resolve('late');
    await settled();
    expect(slot.state).toEqual({ status: 'idle' });
  });

  it('that is stopped keeps its partial text, and a new one does not', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start((signal, report) => {
      report({ stage: 'writing', text: 'Half an' });
      return first.ask(signal);
    });
    expect(partialText(slot.state)).toBe('Half an');
    slot.stop();
    expect(first.signal?.aborted).toBe(true);
    first.reject(new Error('aborted'));
    await settled();
    expect(slot.state).toEqual({ status: 'error', reason: STOPPED, progress: { stage: 'writing', text: 'Half an' } });
    expect(partialText(slot.state)).toBe('Half an');
    void slot.start(new Deferred().ask);
    expect(partialText(slot.state)).toBe('');
  });

  it('that fails later keeps its partial text', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    const first = new Deferred();
    void slot.start((signal, report) => {
      report({ stage: 'writing', text: 'Half an' });
      return first.ask(signal);
    });
    first.reject(new Error('No memory.'));
    await settled();
    expect(slot.state).toEqual({
      status: 'error',
      reason: 'No memory.',
      progress: { stage: 'writing', text: 'Half an' },
    });
  });

  it('reports progress while it is the newest', async () => {
    const slot = new RequestSlot<string>(() => undefined);
    let report: ReportProgress = () => undefined;
    const first = new Deferred();
    void slot.start((signal, given) => {
      report = given;
      return first.ask(signal);
    });
    const { state } = slot;
    report({ stage: 'forward' });
    expect(slot.state).toEqual({ ...state, progress: { stage: 'forward' } });
    const second = new Deferred();
    void slot.start(second.ask);
    report({ stage: 'queued', position: 3 });
    expect(slot.state).not.toHaveProperty('progress');
    slot.stop();
    report({ stage: 'forward' });
    await settled();
    expect(slot.state).toEqual({ status: 'error', reason: STOPPED });
  });
});
