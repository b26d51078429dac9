import { describe, expect, it } from 'vitest';
import type { ShownTry } from '../../../src/core/trail/book.js';
import { MissingAnswers, requestable } from '../../../src/host/missing-answers.js';
import { settled } from '../../helpers/hand-host.js';

function tries(known: ReadonlyMap<string, string>): ShownTry[] {
  return ['a', 'b', 'c'].map((id, i) => ({
    version: { id, parentId: null, prompt: id, target: '' },
    parent: null,
    number: i + 1,
    depth: 0,
    summary: '',
    answer: known.get(id) ?? null,
    failure: '',
    verdicts: [],
    starred: false,
  }));
}

function noFailure(id: string, reason: string): void {
  throw new Error(`${id}: ${reason}`);
}

describe('missing answers', () => {
  it('are requested one after another', async () => {
    const known = new Map([['b', 'known']]);
    const requested: string[] = [];
    const missing = new MissingAnswers();
    const answer = async (id: string): Promise<void> => {
      requested.push(id);
      void missing.request(() => tries(known), answer, noFailure); // As the store's change does.
      await settled();
      known.set(id, 'new');
    };
    await missing.request(() => tries(known), answer, noFailure);
    expect(requested).toEqual(['a', 'c']);
  });

  it('that failed are left out until the user turns to another prompt', async () => {
    const requested: string[] = [];
    const missing = new MissingAnswers();
    const noted: string[] = [];
    const note = (id: string, reason: string): void => void noted.push(`${id}: ${reason}`);
    const fail = (id: string): Promise<void> => {
      requested.push(id);
      return Promise.reject(new Error('The server is gone.'));
    };
    await missing.request(() => tries(new Map()), fail, note);
    await missing.request(() => tries(new Map()), fail, note);
    expect(requested).toEqual(['a', 'b', 'c']);
    expect(noted).toEqual(['a', 'b', 'c'].map((id) => `${id}: The server is gone.`));
    missing.stop();
    await missing.request(() => tries(new Map()), fail, note);
    expect(requested).toHaveLength(6);
  });

  it('of the shown try are not requested while its view does, or after that was stopped or failed', () => {
    const ids = (status: 'pending' | 'error' | 'ready'): string[] =>
      requestable(tries(new Map()), 'b', { status, since: 0, reason: 'Stopped.', value: [] }).map(
        ({ version }) => version.id,
      );
    expect(ids('pending')).toEqual(['a', 'c']);
    expect(ids('error')).toEqual(['a', 'c']);
    expect(ids('ready')).toEqual(['a', 'b', 'c']);
  });

  it('that were cancelled have not failed', async () => {
    const missing = new MissingAnswers();
    const wait = (_: string, signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          setTimeout(reject); // A request ends a while after it was cancelled.
        });
      });
    const cancelled = missing.request(() => tries(new Map()), wait, noFailure);
    missing.stop();
    await cancelled;
    const again: string[] = [];
    const known = new Map<string, string>();
    await missing.request(
      () => tries(known),
      (id) => {
        again.push(id);
        known.set(id, 'new');
        return Promise.resolve();
      },
      noFailure,
    );
    expect(again).toEqual(['a', 'b', 'c']);
  });
});
