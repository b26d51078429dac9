import { beforeEach, describe, expect, it } from 'vitest';
import type { Candidate } from '../../../../src/core/state/host.js';
import { fingerprintOf } from '../../../../src/core/state/place.js';
import type { Place } from '../../../../src/core/state/place.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { CheckHost, HandHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';

const EXAMPLE = { key: '1', prompt: 'One two', target: ' five six' };
const ANSWERS: Candidate[] = [
  { text: ' three', score: -1 },
  { text: ' four', score: -2 },
];
const SECOND: Place = {
  source: 'response',
  index: 1,
  fingerprint: fingerprintOf('One two', ' four'),
  selection: '1-2.3-4',
};

let store: SalienceStore;
let host: HandHost;

beforeEach(() => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new HandHost();
});

async function tokenize(): Promise<void> {
  const call = newest(host.tokenizations);
  call.resolve(wordTokens(call.input));
  await settled();
}

async function answer(answers = ANSWERS): Promise<void> {
  newest(host.generations).resolve(answers);
  await settled();
}

describe('a view that is opened at a place', () => {
  it('shows its sequence and selection, and requests its salience at once', async () => {
    store.show(EXAMPLE, host, SECOND);
    expect(host.tokenizations, 'the response is worth waiting for').toEqual([]);
    expect(store.place).toEqual(SECOND);
    await answer();
    expect(store.snapshot.sequence?.text).toBe(' four');
    await tokenize();
    expect(newest(host.saliences).input.targetMask).toEqual([0, 1, 0, 1]);
    expect(store.place).toEqual(SECOND);
  });

  it('explains the selection against another text', async () => {
    const versus = { text: ' nine', token: null };
    const contrasting = new CheckHost();
    host = contrasting;
    store.show(EXAMPLE, host, { ...SECOND, versus });
    expect(store.place?.versus).toEqual(versus);
    await answer();
    await tokenize();
    expect(contrasting.contrasts.map(({ input }) => input.versus)).toEqual([versus]);
    expect(store.place).toEqual({ ...SECOND, versus });
  });

  it('explains the selection alone on a server without contrasts', async () => {
    store.show(EXAMPLE, host, { ...SECOND, versus: { text: ' nine', token: null } });
    await answer();
    await tokenize();
    expect(host.saliences).toHaveLength(1);
    expect(store.place).toEqual(SECOND);
  });

  it('does not wait for the model if the place is in the target', async () => {
    const place: Place = {
      source: 'dataset',
      index: 0,
      fingerprint: fingerprintOf('One two', ' five six'),
      selection: '4-5',
    };
    store.show(EXAMPLE, host, place);
    await tokenize();
    expect(store.snapshot.sequence?.source).toBe('dataset');
    expect(store.snapshot.state.selection).toEqual([{ start: 4, end: 5 }]);
  });

  it('selects nothing if the model has given another answer', async () => {
    store.show(EXAMPLE, host, SECOND);
    await answer([
      { text: ' three', score: -1 },
      { text: ' other', score: -2 },
    ]);
    await tokenize();
    expect(store.snapshot.sequence?.text).toBe(' other');
    expect(store.snapshot.state.selection).toBeNull();
    expect(host.saliences).toEqual([]);
  });

  it('shows the default if there is no such sequence', async () => {
    store.show(EXAMPLE, host, { ...SECOND, index: 5 });
    await answer();
    expect(store.snapshot.sequence?.text).toBe(' three');
  });

  it('follows a user who does not wait', async () => {
    store.show(EXAMPLE, host, SECOND);
    const [target] = store.snapshot.sequences;
    if (target) store.dispatch({ type: 'choose', sequence: target });
    await tokenize();
    await answer();
    expect(store.snapshot.sequence?.source).toBe('dataset');
    expect(store.snapshot.state.selection).toBeNull();
  });

  it('does not apply it to the next example', async () => {
    store.show(EXAMPLE, host, SECOND);
    store.show({ ...EXAMPLE, key: '2' }, host);
    await answer();
    await tokenize();
    expect(store.snapshot.sequence?.text).toBe(' three');
    expect(store.snapshot.state.selection).toBeNull();
  });
});

describe('the place', () => {
  it('is null without an example', () => {
    expect(store.place).toBeNull();
  });

  it('is never one of a previous example or another answer', async () => {
    const seen: unknown[] = [];
    store = new SalienceStore(() => seen.push(store.place), findStarts);
    store.show(EXAMPLE, host, SECOND);
    await answer();
    await tokenize();
    seen.length = 0;
    store.show(null, null);
    expect(new Set(seen)).toEqual(new Set([null]));
    store.show(EXAMPLE, host, SECOND);
    await answer();
    await tokenize();
    seen.length = 0;
    store.show({ ...EXAMPLE, key: '2', prompt: 'Other' }, host, SECOND);
    expect(new Set(seen)).toEqual(new Set([null, SECOND]));
  });

  it('follows the selection', async () => {
    store.show(EXAMPLE, host);
    await answer();
    await tokenize();
    store.dispatch({ type: 'select', span: { start: 3, end: 4 }, how: 'only' });
    store.dispatch({ type: 'select', span: { start: 1, end: 2 }, how: 'toggle' });
    expect(store.place).toMatchObject({ source: 'response', index: 0, selection: '1-2.3-4' });
    store.dispatch({ type: 'deselect' });
    expect(store.place?.selection).toBe('');
  });
});
