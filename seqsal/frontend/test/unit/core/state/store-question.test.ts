import { beforeEach, describe, expect, it } from 'vitest';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { CheckHost, HandHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';

const BEFORE = { key: '1', prompt: 'One two.', target: '' };
const AFTER = { key: '2', prompt: 'One three and four.', target: '' };

let asked: SalienceStore;
let store: SalienceStore;
let host: HandHost;

async function answer(text: string): Promise<void> {
  newest(host.generations).resolve([{ text, score: null }]);
  await settled();
  const call = newest(host.tokenizations);
  call.resolve(wordTokens(call.input));
  await settled();
}

/** Asks about some tokens of an answer, and shows a changed prompt with what was asked. */
async function ask(text: string, start: number, end: number): Promise<void> {
  host = new HandHost();
  asked.show(BEFORE, host);
  await answer(text);
  asked.dispatch({ type: 'select', span: { start, end }, how: 'only' });
  host = new HandHost();
  store.show(AFTER, host, null, asked.question);
}

function selected(): string {
  const { tokens, state } = store.snapshot;
  if (tokens.status !== 'ready') return '';
  const { text, offsets } = tokens.value;
  return (state.selection ?? [])
    .map(({ start, end }) => text.slice(offsets[start]?.start, offsets[end - 1]?.end))
    .join(' | ');
}

beforeEach(() => {
  asked = new SalienceStore(() => undefined, findStarts);
  store = new SalienceStore(() => undefined, findStarts);
});

describe('a question about another text', () => {
  it('is asked about the new answer as soon as it is there', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    expect(store.question).toEqual(asked.question);
    await answer(' Hm. Avoid it. Bye.');
    expect(selected()).toBe(' Avoid it.');
    expect(store.snapshot.carriedBy).toBe('text');
    expect(host.saliences).toHaveLength(1);
  });

  it('is the same where the answer is the same', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    await answer(' It is. Avoid it.');
    expect(selected()).toBe(' Avoid it.');
    expect(store.snapshot.carriedBy).toBe('same');
  });

  it('is kept by the first click on it, and ended by the next', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    await answer(' It is. Avoid it.');
    const span = store.snapshot.state.selection?.[0] ?? fail();
    store.dispatch({ type: 'select', span, how: 'only' });
    expect(selected()).toBe(' Avoid it.');
    store.dispatch({ type: 'select', span, how: 'only' });
    expect(selected()).toBe('');
  });

  it('is about the whole closest segment where its text is gone', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    await answer(' Yes yes. Try it now.');
    expect(selected()).toBe(' Try it now.');
    expect(store.snapshot.carriedBy).toBe('closest');
  });

  it('ends with a selection of the user', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    await answer(' Hm. Avoid it. Bye.');
    store.dispatch({ type: 'select', span: { start: 3, end: 4 }, how: 'only' });
    expect(store.snapshot.carriedBy).toBeNull();
    store.dispatch({ type: 'deselect' });
    expect(store.question).toBeNull();
  });

  it('waits while the answer is generated again', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    newest(host.generations).reject(new Error('Out of memory.'));
    await settled();
    store.dispatch({ type: 'retry', what: 'generation' });
    await answer(' Avoid it. Bye.');
    expect(selected()).toBe(' Avoid it.');
  });

  it('does nothing without an answer', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    await answer('');
    expect(store.snapshot.state.selection).toBeNull();
    expect(host.saliences).toHaveLength(0);
  });

  it('is kept with its contrast only where its text is found', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    host = new CheckHost();
    const versus = { text: ' Try it.', token: null };
    const contrasted = asked.question && { ...asked.question, versus };
    store.show(AFTER, host, null, contrasted);
    await answer(' Hm. Avoid it. Bye.');
    expect(store.snapshot.state.versus).toEqual(versus);
    store.show({ ...AFTER, key: '3' }, host, null, contrasted);
    await answer(' Yes yes. Try it now.');
    expect(store.snapshot.state.versus).toBeNull();
  });

  it('is asked where a place was that of another text', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    store.show(AFTER, host, asked.place, asked.question);
    await answer(' Hm. Avoid it. Bye.');
    expect(selected()).toBe(' Avoid it.');
  });

  it('gives way to the place of the same text', async () => {
    await ask(' It is. Avoid it.', 5, 7);
    store.show(BEFORE, host, { ...(asked.place ?? fail()), selection: '3-5' }, asked.question);
    await answer(' It is. Avoid it.');
    expect(selected()).toBe(' It is.');
  });
});

function fail(): never {
  throw new Error('There is no place.');
}
