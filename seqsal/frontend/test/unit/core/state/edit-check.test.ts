import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { AddingHost } from '../../../helpers/adding-host.js';
import { findStarts, newest, wordTokens } from '../../../helpers/hand-host.js';

const EXAMPLE = { key: '1', prompt: 'One two. Three.', target: '' };
const CHARS = { start: 9, end: 15 };

/** A host whose model takes at most five words. */
class ShortHost extends AddingHost {
  readonly checked: string[] = [];
  aborted = 0;

  checkPrompt(prompt: string, signal: AbortSignal): Promise<void> {
    this.checked.push(prompt);
    signal.addEventListener('abort', () => (this.aborted += 1));
    const over = prompt.split(' ').length - 5;
    return over > 0 ? Promise.reject(new Error(`Shorten it by ${String(over)} words.`)) : Promise.resolve();
  }
}

let store: SalienceStore;
let host: ShortHost;

beforeEach(async () => {
  vi.useFakeTimers();
  host = new ShortHost();
  store = new SalienceStore(() => undefined, findStarts);
  store.show(EXAMPLE, host);
  newest(host.generations).resolve([{ text: ' Yes.', score: null }]);
  await vi.advanceTimersByTimeAsync(1);
  const call = newest(host.tokenizations);
  call.resolve(wordTokens(call.input));
  await vi.advanceTimersByTimeAsync(1);
});

afterEach(() => {
  vi.useRealTimers();
});

function type(text: string, refused = ''): void {
  store.dispatch({ type: 'edit', edit: { chars: CHARS, text }, refused });
}

describe('an edit that the model cannot take', () => {
  it('says so once the typing pauses, and no longer when it fits again', async () => {
    for (const text of ['a', 'a b', 'a b c d', 'a b c d e']) type(text);
    await vi.advanceTimersByTimeAsync(400);
    expect(host.checked).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(host.checked).toEqual(['One two. a b c d e']);
    expect(store.snapshot.editProblem).toBe('Shorten it by 2 words.');
    type('a b c');
    await vi.advanceTimersByTimeAsync(600);
    expect(store.snapshot.editProblem).toBe('');
  });

  it('is not added, and its text stays', async () => {
    type('a b c d');
    store.dispatch({ type: 'run' });
    await vi.advanceTimersByTimeAsync(0);
    expect(host.added).toEqual([]);
    expect(store.snapshot.comparison).toMatchObject({ status: 'error', reason: 'Shorten it by 1 words.' });
    expect(store.snapshot.edit?.text).toBe('a b c d');
    type('a b c');
    store.dispatch({ type: 'run' });
    await vi.advanceTimersByTimeAsync(0);
    expect(host.added).toEqual(['One two. a b c']);
    expect(store.snapshot.edit).toBeNull();
  });

  it('says nothing once it is discarded, or another example is shown', async () => {
    type('a b c d');
    await vi.advanceTimersByTimeAsync(600);
    store.dispatch({ type: 'edit', edit: null });
    expect(store.snapshot.editProblem).toBe('');
    type('a b c d');
    store.show({ ...EXAMPLE, key: '2' }, host);
    await vi.advanceTimersByTimeAsync(600);
    expect(host.checked).toHaveLength(1);
    expect(store.snapshot.editProblem).toBe('');
  });

  it('says why an input is not in it, until the next one', () => {
    type('a', 'Too long to paste.');
    expect(store.snapshot.editProblem).toBe('Too long to paste.');
    type('ab');
    expect(store.snapshot.editProblem).toBe('');
  });
});
