import { beforeEach, describe, expect, it } from 'vitest';
import type { Edit, KeptEdits } from '../../../../src/core/state/edit.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { HandHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';

const EXAMPLE = { key: '1', prompt: 'One two. Three.', target: '' };
const THREE: Edit['chars'] = { start: 9, end: 15 };

class Kept implements KeptEdits {
  readonly edits = new Map<string, Edit>();

  get(key: string): Edit | null {
    return this.edits.get(key) ?? null;
  }

  set(key: string, edit: Edit | null): void {
    if (edit === null) this.edits.delete(key);
    else this.edits.set(key, edit);
  }
}

/** A host that adds prompts, or fails to. */
class AddingHost extends HandHost {
  readonly added: string[] = [];
  readonly replaced: string[] = [];
  failure = '';

  addAndCompare(prompt: string): Promise<void> {
    return this.#add(this.added, prompt);
  }

  add(prompt: string): Promise<void> {
    return this.#add(this.replaced, prompt);
  }

  #add(to: string[], prompt: string): Promise<void> {
    if (this.failure !== '') return Promise.reject(new Error(this.failure));
    to.push(prompt);
    return Promise.resolve();
  }
}

let store: SalienceStore;
let host: AddingHost;
let kept: Kept;

async function show(example = EXAMPLE): Promise<void> {
  host = new AddingHost();
  store.show(example, host);
  newest(host.generations).resolve([{ text: ' Yes.', score: null }]);
  await settled();
  const call = newest(host.tokenizations);
  call.resolve(wordTokens(call.input));
  await settled();
}

async function run(text: string, instead = false): Promise<void> {
  store.dispatch({ type: 'edit', edit: { chars: THREE, text } });
  store.dispatch({ type: 'run', instead });
  await settled();
}

beforeEach(async () => {
  kept = new Kept();
  store = new SalienceStore(() => undefined, findStarts, kept);
  await show();
});

describe('an edit', () => {
  it('is run next to the prompt, or in its place', async () => {
    await run('Four.');
    expect(host.added).toEqual(['One two. Four.']);
    expect(store.snapshot.edit).toBeNull();
    await run('Five.', true);
    expect(host.replaced).toEqual(['One two. Five.']);
    expect(kept.edits.size).toBe(0);
  });

  it('that changes nothing ends without a request', async () => {
    await run('Three.');
    expect(host.added).toEqual([]);
    expect(store.snapshot.edit).toBeNull();
  });

  it('stays when the prompt cannot be added, and can be run again', async () => {
    host.failure = 'The server cannot be reached.';
    await run('Four.');
    expect(store.snapshot.comparison).toMatchObject({ status: 'error', reason: host.failure });
    expect(store.snapshot.edit?.text).toBe('Four.');
    expect(kept.get('1')?.text).toBe('Four.');
    host.failure = '';
    store.dispatch({ type: 'retry', what: 'comparison' });
    await settled();
    expect(host.added).toEqual(['One two. Four.']);
    expect(kept.edits.size).toBe(0);
  });

  it('that leaves nothing of the prompt is refused, and stays', async () => {
    store.dispatch({ type: 'edit', edit: { chars: { start: 0, end: 15 }, text: ' \n' } });
    store.dispatch({ type: 'run' });
    await settled();
    expect(host.added).toEqual([]);
    expect(store.snapshot.comparison).toMatchObject({ reason: 'The prompt would be empty. Write some text first.' });
    expect(store.snapshot.edit?.text).toBe(' \n');
  });

  it('is there again when its example is shown again, also on a new page', async () => {
    store.dispatch({ type: 'edit', edit: { chars: THREE, text: 'Fo' } });
    await show({ key: '2', prompt: 'Other.', target: '' });
    expect(store.snapshot.edit).toBeNull();
    await show();
    expect(store.snapshot.edit?.text).toBe('Fo');
    store = new SalienceStore(() => undefined, findStarts, kept);
    await show();
    expect(store.snapshot.edit).toEqual({ chars: THREE, text: 'Fo' });
    store.dispatch({ type: 'edit', edit: null });
    expect(kept.edits.size).toBe(0);
  });

  it('of a longer prompt than this one is not shown', async () => {
    kept.set('3', { chars: { start: 30, end: 40 }, text: 'x' });
    await show({ key: '3', prompt: 'Short.', target: '' });
    expect(store.snapshot.edit).toBeNull();
  });

  it('by a double click leaves the selection as it was before the first click', () => {
    store.dispatch({ type: 'select', span: { start: 4, end: 5 }, how: 'only' });
    store.dispatch({ type: 'select', span: { start: 1, end: 3 }, how: 'only' });
    store.dispatch({ type: 'edit', edit: { chars: THREE, text: 'Three.' }, again: true });
    expect(store.snapshot.state.selection).toEqual([{ start: 4, end: 5 }]);
  });
});
