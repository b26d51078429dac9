import { describe, expect, it } from 'vitest';
import type { ShownTry } from '../../../src/core/trail/book.js';
import { MissingAnswers } from '../../../src/host/missing-answers.js';
import { settled } from '../../helpers/hand-host.js';

function tries(known: ReadonlyMap<string, string>): ShownTry[] {
  return ['a', 'b', 'c'].map((id, i) => ({
    version: { id, parentId: null, prompt: id, target: '' },
    parent: null,
    number: i + 1,
    depth: 0,
    summary: '',
    answer: known.get(id) ?? null,
    verdicts: [],
    starred: false,
  }));
}

describe('missing answers', () => {
  it('are requested one after another', async () => {
    const known = new Map([['b', 'known']]);
    const requested: string[] = [];
    const missing = new MissingAnswers();
    const answer = async (id: string): Promise<void> => {
      requested.push(id);
      void missing.request(() => tries(known), answer); // As the store's change does.
      await settled();
      known.set(id, 'new');
    };
    await missing.request(() => tries(known), answer);
    expect(requested).toEqual(['a', 'c']);
  });

  it('that failed are left out until the user turns to another prompt', async () => {
    const requested: string[] = [];
    const missing = new MissingAnswers();
    const fail = (id: string): Promise<void> => {
      requested.push(id);
      return Promise.reject(new Error('The server is gone.'));
    };
    await missing.request(() => tries(new Map()), fail);
    await missing.request(() => tries(new Map()), fail);
    expect(requested).toEqual(['a', 'b', 'c']);
    missing.stop();
    await missing.request(() => tries(new Map()), fail);
    expect(requested).toHaveLength(6);
  });

  it('that were cancelled have not failed', async () => {
    const missing = new MissingAnswers();
    const wait = (_: string, signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          setTimeout(reject); // A request ends a while after it was cancelled.
        });
      });
    const cancelled = missing.request(() => tries(new Map()), wait);
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
    );
    expect(again).toEqual(['a', 'b', 'c']);
  });
});
