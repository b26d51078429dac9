import { describe, expect, it, vi } from 'vitest';
import { BrokenError, PATIENT_WAITS, UnreachableError, withRestarts } from '../../../../src/host/lit/restart.js';
import type { RestartOptions } from '../../../../src/host/lit/restart.js';

/** Runs a request that fails with each of the errors, in order, and then succeeds. Resolves to the waits and the number of tries. */
async function tries(
  errors: readonly Error[],
  { abortAt = Infinity, ...options }: RestartOptions & { abortAt?: number } = {},
): Promise<{ waits: number[]; count: number; error: unknown }> {
  const controller = new AbortController();
  const waited: number[] = [];
  let count = 0;
  const run = (): Promise<void> => {
    const error = errors[count];
    count += 1;
    return error ? Promise.reject(error) : Promise.resolve();
  };
  const wait = (milliseconds: number): Promise<void> => {
    waited.push(milliseconds);
    if (waited.length === abortAt) controller.abort();
    return Promise.resolve();
  };
  const error: unknown = await withRestarts(run, controller.signal, { ...options, wait }).then(
    () => null,
    (reason: unknown) => reason,
  );
  return { waits: waited, count, error };
}

const many = (make: () => Error, length = 10): Error[] => Array.from({ length }, make);

describe('a request whose server is lost', () => {
  it('is sent again at once, and then less and less often', async () => {
    expect(await tries([new BrokenError()])).toEqual({ waits: [0], count: 2, error: null });
    const { waits, error } = await tries(many(() => new UnreachableError()).slice(0, 4));
    expect(error).toBeNull();
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  });

  it('fails within a few seconds if no server can be reached', async () => {
    const { waits, count, error } = await tries(many(() => new UnreachableError()));
    expect(count).toBe(waits.length + 1);
    expect(waits.reduce((sum, each) => sum + each)).toBeLessThan(5000);
    expect(String(error)).toContain('The server cannot be reached. Is it still running?');
  });

  it('may be patient, and says each time that no server is there', async () => {
    const lost = vi.fn();
    const tried = await tries(
      many(() => new UnreachableError(), 100),
      { waits: PATIENT_WAITS, onLost: lost },
    );
    expect(tried).toMatchObject({ count: 101, error: null });
    expect(lost).toHaveBeenCalledTimes(100);
    const total = PATIENT_WAITS.reduce((sum, each) => sum + each);
    expect(total, 'A server that loads a large model takes minutes.').toBeGreaterThan(5 * 60_000);
    const broken = await tries(
      many(() => new BrokenError()),
      { waits: PATIENT_WAITS },
    );
    expect(broken.count, 'It may be what ends the processes.').toBe(3);
  });

  it('that breaks each time is started three times: it may be what ends the processes', async () => {
    const { count, error } = await tries(many(() => new BrokenError()));
    expect(count).toBe(3);
    expect(String(error)).toContain('The connection to the server was lost before the end.');
    const unreachable = [new BrokenError(), new UnreachableError(), new BrokenError(), new UnreachableError()];
    expect((await tries(unreachable)).error, 'Tries that reach no server do not count.').toBeNull();
  });

  it('is not sent again after any other error, or once it is cancelled', async () => {
    expect(await tries([new Error('Too long.')])).toMatchObject({ waits: [], count: 1 });
    const { count, error } = await tries(
      many(() => new UnreachableError()),
      { abortAt: 2 },
    );
    expect(count).toBe(2);
    expect(error).toMatchObject({ name: 'AbortError' });
  });

  it('stops waiting when it is cancelled', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const failing = vi.fn(() => Promise.reject(new UnreachableError()));
    const outcome = withRestarts(failing, controller.signal).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    expect(failing).toHaveBeenCalledTimes(2);
    controller.abort();
    expect(await outcome).toMatchObject({ name: 'AbortError' });
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
