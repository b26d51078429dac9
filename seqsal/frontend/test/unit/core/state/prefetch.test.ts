import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Scores } from '../../../../src/core/scores/methods.js';
import type { Example, Host, ManySalienceInput, OnScores } from '../../../../src/core/state/host.js';
import { spansAhead } from '../../../../src/core/state/prefetch.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import type { Unit } from '../../../../src/core/text/boundaries.js';
import { PrefetchHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';
import { by, tokenized } from '../../../helpers/texts.js';

const EXAMPLE: Example = { key: 'toy/1', prompt: 'One two.', target: '' };
/** After <s>, One and two: a sentence of two words, then one of one. */
const ANSWER = ' Three four. Five.';
const FIRST = { start: 3, end: 5 };
const SECOND = { start: 5, end: 6 };

let store: SalienceStore;
let host: PrefetchHost;

beforeEach(() => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new PrefetchHost();
});

afterEach(() => {
  vi.useRealTimers();
});

async function open(answer = ANSWER, example = EXAMPLE): Promise<void> {
  store.show(example, host);
  newest(host.generations).resolve([{ text: answer, score: null }]);
  await settled();
  const call = newest(host.tokenizations);
  call.resolve(wordTokens(call.input));
  await settled();
}

/** Scores that tell which token they explain. */
function scoresOf(mask: readonly number[]): Scores {
  return { grad_l2: mask.map(() => mask.indexOf(1)) };
}

async function land(call = newest(host.prefetches)): Promise<void> {
  call.resolve(call.input.targetMasks.map(scoresOf));
  await settled();
}

function select(span: { start: number; end: number }): void {
  store.dispatch({ type: 'select', span, how: 'only' });
}

function cutInto(unit: Unit): void {
  store.dispatch({ type: 'adjust', choices: { granularity: { unit, pattern: ';', role: 'ends' } } });
}

function sizes(): number[] {
  return host.prefetches.map(({ input }) => input.targetMasks.length);
}

describe('a click', () => {
  it('on a prefetched segment is painted without a request', async () => {
    await open();
    await land();
    await land();
    expect(host.prefetches.flatMap(({ input }) => input.targetMasks)).toEqual([
      [0, 0, 0, 1, 1, 0],
      [0, 0, 0, 0, 0, 1],
    ]);
    select(SECOND);
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: { grad_l2: [5, 5, 5, 5, 5, 5] } });
    select(FIRST);
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: { grad_l2: [3, 3, 3, 3, 3, 3] } });
    expect(host.saliences).toEqual([]);
  });

  it('does not wait for a prefetch: it has its own request, and no prefetch starts before it is done', async () => {
    await open();
    select(SECOND);
    expect(host.saliences).toHaveLength(1);
    await land();
    expect(host.prefetches).toHaveLength(1);
    expect(host.prefetches[0]?.signal.aborted).toBe(false);
    newest(host.saliences).resolve({ grad_l2: [9, 9, 9, 9, 9, 9] });
    await settled();
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: { grad_l2: [9, 9, 9, 9, 9, 9] } });
    expect(host.prefetches, 'what the click has loaded is not requested again').toHaveLength(1);
  });

  it('is answered by whichever request is first', async () => {
    await open();
    select(FIRST);
    await land();
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: { grad_l2: [3, 3, 3, 3, 3, 3] } });
    expect(newest(host.saliences).signal.aborted).toBe(true);
    expect(sizes()).toEqual([1, 1]);
  });

  it('on another segment sends a request', async () => {
    await open();
    await land();
    select({ start: 1, end: 3 });
    expect(newest(host.saliences).input.targetMask).toEqual([0, 1, 1, 0, 0, 0]);
  });
});

describe('a prefetch', () => {
  it('requests one span, then up to sixteen at a time, one request after the other', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    cutInto('words');
    await open(' word'.repeat(40));
    expect(sizes()).toEqual([1]);
    for (const expected of [
      [1, 16],
      [1, 16, 16],
      [1, 16, 16, 7],
      [1, 16, 16, 7],
    ]) {
      await land();
      expect(sizes()).toEqual(expected);
    }
  });

  it('requests fewer spans if the model is slow, so that a click never waits long', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    cutInto('words');
    await open(' word'.repeat(40));
    vi.setSystemTime(Date.now() + 90);
    await land();
    vi.setSystemTime(Date.now() + 1000);
    await land();
    expect(sizes()).toEqual([1, 3, 1]);
  });

  it('waits while the model generates', async () => {
    store.show({ key: 'toy/2', prompt: 'One', target: ' two' }, host);
    const [target] = store.snapshot.sequences;
    if (target) store.dispatch({ type: 'choose', sequence: target });
    const call = newest(host.tokenizations);
    call.resolve(wordTokens(call.input));
    await settled();
    expect(host.prefetches).toEqual([]);
    newest(host.generations).resolve([]);
    await settled();
    expect(sizes()).toEqual([1]);
  });

  it('is never used for another example or sequence', async () => {
    await open();
    await land();
    const stale = newest(host.prefetches);
    await open(ANSWER, { ...EXAMPLE, key: 'toy/2' });
    expect(stale.signal.aborted).toBe(true);
    select(SECOND);
    await land(stale);
    expect(store.snapshot.salience.status).toBe('pending');
    select(FIRST);
    expect(store.snapshot.salience.status).toBe('pending');
    expect(host.saliences).toHaveLength(2);
  });

  it('is cancelled when the granularity changes, and starts again with the new segments', async () => {
    await open();
    const stale = newest(host.prefetches);
    cutInto('words');
    expect(stale.signal.aborted).toBe(true);
    await settled();
    expect(host.prefetches).toHaveLength(2);
    expect(newest(host.prefetches).input.targetMasks).toEqual([[0, 0, 0, 1, 0, 0]]);
    await land(stale);
    expect(host.prefetches).toHaveLength(2);
  });

  it('is cancelled when the view is closed', async () => {
    await open();
    store.show(null, null);
    expect(newest(host.prefetches).signal.aborted).toBe(true);
  });

  it('stops silently on an error; a click then shows the error', async () => {
    await open();
    newest(host.prefetches).reject(new Error('Out of memory.'));
    await settled();
    expect(store.snapshot.salience.status).toBe('idle');
    expect(host.prefetches).toHaveLength(1);
    select(FIRST);
    newest(host.saliences).reject(new Error('Out of memory.'));
    await settled();
    expect(store.snapshot.salience).toEqual({ status: 'error', reason: 'Out of memory.' });
    expect(host.prefetches).toHaveLength(1);
  });

  it('is not painted with scores for another number of tokens', async () => {
    await open();
    newest(host.prefetches).resolve([{ grad_l2: [1] }]);
    await settled();
    select(FIRST);
    expect(host.saliences).toHaveLength(1);
  });
});

describe('the spans to prefetch', () => {
  const long = (count: number): string[] => Array.from({ length: count }, (_, i) => ` w${String(i)}`);

  it('are those of the answer, without special tokens', () => {
    const given = tokenized(['<s>', 'One', ' two', '</s>', ' three', '<s>'], 'One two');
    expect(spansAhead(given, by('words'), 2)).toEqual([{ start: 4, end: 5 }]);
  });

  it('are empty for a long sequence, for many single tokens, and for more than the cache can hold', () => {
    expect(spansAhead(tokenized(long(4000), ''), by('paragraphs'), 2)).toHaveLength(1);
    expect(spansAhead(tokenized(long(4001), ''), by('paragraphs'), 2)).toEqual([]);
    expect(spansAhead(tokenized(long(65), ' w0'), by('tokens'), 2)).toHaveLength(64);
    expect(spansAhead(tokenized(long(66), ' w0'), by('tokens'), 2)).toEqual([]);
    expect(spansAhead(tokenized(long(500), ''), by('words'), 2)).toHaveLength(499);
    expect(spansAhead(tokenized(long(501), ''), by('words'), 2)).toEqual([]);
  });
});

describe('a host that gives clicks priority', () => {
  it('gets all selections in one request, and each is painted as soon as it arrives', async () => {
    const takes: OnScores[] = [];
    const inputs: ManySalienceInput[] = [];
    const streaming: Host = Object.assign(host, {
      salienceAhead(input: ManySalienceInput, _: AbortSignal, take: OnScores): Promise<void> {
        inputs.push(input);
        takes.push(take);
        return new Promise<void>(() => undefined);
      },
    });
    store.show(EXAMPLE, streaming);
    newest(host.generations).resolve([{ text: ANSWER, score: null }]);
    await settled();
    const call = newest(host.tokenizations);
    call.resolve(wordTokens(call.input));
    await settled();
    expect(inputs.map(({ targetMasks }) => targetMasks.length)).toEqual([2]);
    expect(host.prefetches).toEqual([]);
    select(SECOND);
    expect(store.snapshot.salience.status).toBe('pending');
    takes[0]?.(1, scoresOf(inputs[0]?.targetMasks[1] ?? []));
    expect(store.snapshot.salience).toEqual({ status: 'ready', value: { grad_l2: [5, 5, 5, 5, 5, 5] } });
    select(FIRST);
    expect(store.snapshot.salience.status).toBe('pending');
  });
});
