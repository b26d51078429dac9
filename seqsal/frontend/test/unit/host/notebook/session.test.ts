import { beforeEach, expect, it, vi } from 'vitest';
import { fingerprintOf } from '../../../../src/core/state/place.js';
import type { SeqsalView } from '../../../../src/elements/view/view.js';
import { NotebookSession } from '../../../../src/host/notebook/session.js';
import { FakeModel } from '../../../helpers/fake-model.js';
import { CONTRAST, GRADIENTS } from '../../../helpers/methods.js';
import { settled, wordTokens } from '../../../helpers/hand-host.js';

vi.mock('../../../../src/host/pattern-worker.js', () => ({ findStartsInWorker: () => Promise.resolve([]) }));

const TEXT = { prompt: 'One two', target: ' three four.' };
const MARK = fingerprintOf(TEXT.prompt, TEXT.target);

let model: FakeModel;
let session: NotebookSession;
let view: SeqsalView;

beforeEach(async () => {
  model = new FakeModel(TEXT);
  session = new NotebookSession(model);
  view = new EventTarget() as unknown as SeqsalView;
  session.attach(view);
  await settled();
  const { tokens, special } = wordTokens(TEXT);
  model.answer('tokenize', { tokens, special, ids: [] });
  await settled();
});

function selection(): unknown {
  return view.snapshot?.state.selection;
}

function act(detail: unknown): void {
  view.dispatchEvent(new CustomEvent('seqsal-action', { detail }));
}

it('shows another prompt in the cell, if the model has a chat template', async () => {
  expect(view.snapshot?.offers.replacement).toBe(false);
  model = new FakeModel({ ...TEXT, _chat_template: 'messages' });
  session = new NotebookSession(model);
  session.attach(view);
  await settled();
  const { tokens, special } = wordTokens(TEXT);
  model.answer('tokenize', { tokens, special, ids: [] });
  await settled();
  expect(view.snapshot?.chatTemplate).toBe('messages');
  act({ type: 'compare', prompt: 'user:\nOne two', instead: true });
  expect(model.get('prompt')).toBe('user:\nOne two');
});

it('requests no answer if a target is given', () => {
  expect(model.sent.some(({ what }) => what === 'generate')).toBe(false);
  expect(view.snapshot?.sequence?.text).toBe(TEXT.target);
});

it('writes nothing before an action of the user: Python may have selected something meanwhile', () => {
  expect(model.synced).toEqual([]);
  expect(model.get('_place')).toBe('');
});

it('writes what the user selects and chooses into the traits', () => {
  act({ type: 'select', span: { start: 3, end: 4 }, how: 'only' });
  expect(model.get('_place')).toBe(`target.${MARK}.3-4`);
  act({ type: 'adjust', choices: { aggregation: 'mean' } });
  expect(model.get('choices')).toEqual({ method: 'grad_l2', aggregation: 'mean' });
  expect(model.synced).toContain('_place');
});

it('follows what Python selects and chooses, and writes nothing back', () => {
  model.synced.length = 0;
  model.change('_place', `target.${MARK}.3-5`);
  expect(selection()).toEqual([{ start: 3, end: 5 }]);
  model.change('choices', { method: 'grad_l2', granularity: 'words' });
  expect(view.snapshot?.state.granularity.unit).toBe('words');
  model.change('_place', `target.${MARK}`);
  expect(selection()).toBeNull();
  expect(model.synced).toEqual([]);
});

it('keeps a pattern that is not in use', () => {
  const custom = { unit: 'custom', pattern: ';', role: 'ends' } as const;
  act({ type: 'adjust', choices: { granularity: custom } });
  act({ type: 'adjust', choices: { granularity: { ...custom, unit: 'words' } } });
  expect(model.get('choices')).toEqual({ method: 'grad_l2', granularity: 'words' });
  expect(view.snapshot?.state.granularity.pattern).toBe(';');
  model.change('choices', { method: 'grad_l2' });
  expect(view.snapshot?.state.granularity.unit).toBe('sentences');
});

it('requests all answers if the saved one is one of several', async () => {
  model.change('_several', true);
  model.change('target', '');
  await settled();
  const candidates = [' five.', ' six.'].map((text) => ({ text, score: -1 }));
  model.answer('generate', { candidates });
  await settled();
  expect(view.snapshot?.sequences.map(({ text }) => text)).toEqual([' five.', ' six.']);
});

it('shows another text when Python sets one, with no selection', async () => {
  model.change('_place', `target.${MARK}.3-5`);
  model.change('target', ' five six seven');
  await settled();
  const { tokens, special } = wordTokens({ ...TEXT, target: ' five six seven' });
  model.answer('tokenize', { tokens, special, ids: [] });
  await settled();
  expect(view.snapshot?.sequence?.text).toBe(' five six seven');
  expect(selection()).toBeNull();
});

it('shows the same in all views of a widget', () => {
  const other = new EventTarget() as unknown as SeqsalView;
  const detach = session.attach(other);
  act({ type: 'select', span: { start: 4, end: 5 }, how: 'only' });
  expect(other.snapshot).toBe(view.snapshot);
  detach();
  act({ type: 'deselect' });
  expect(other.snapshot).not.toBe(view.snapshot);
});

it('shows how to load a real model if the kernel has a demonstration model', () => {
  expect(view.snapshot?.demonstration).toBe('');
  model.change('_demonstration', true);
  model.change('target', ' five.');
  expect(view.snapshot?.demonstration).toBe('seqsal.view("PATH", prompt)');
});

it('describes methods as the saved result does', () => {
  model.change('_methods', ['contrast', 'grad_l2']);
  const labels = (): unknown => view.snapshot?.methods.map(({ label }) => label);
  act({ type: 'deselect' });
  expect(labels()).toEqual(['contrast', 'Grad L2']);
  model.change('_saved', {
    ...TEXT,
    format: 'seqsal-salience',
    version: 1,
    source: 'target',
    tokens: [],
    special_tokens_mask: [],
    methods: ['contrast', 'grad_l2'],
    method_descriptions: [CONTRAST, ...GRADIENTS.slice(0, 1)],
    selected: false,
    salience: [],
    view: {},
  });
  expect(labels()).toEqual(['Contrast', 'Grad L2']);
  expect(view.snapshot?.methods[0]).toEqual(CONTRAST);
});

it('requests the shown family from the kernel, and another once it is shown', async () => {
  model.change('_methods', ['grad_l2', 'grad_dot_input', 'contrast']);
  act({ type: 'select', span: { start: 3, end: 4 }, how: 'only' });
  await settled();
  const selections = [[[3, 4]]];
  expect(model.request('salience')['input']).toEqual({ ...TEXT, selections, methods: ['grad_l2', 'grad_dot_input'] });
  model.answer('salience', { methods: ['grad_l2', 'grad_dot_input'], count: 1 }, [0, 1, 2, 0, 0, 0, -1, 2, 0, 0]);
  await settled();
  act({ type: 'adjust', choices: { method: 'contrast' } });
  await settled();
  expect(model.request('salience')['input']).toEqual({ ...TEXT, selections, methods: ['contrast'] });
  expect(view.snapshot?.salience.status).toBe('pending');
  model.answer('salience', { methods: ['contrast'], count: 1 }, [0, 5, 0, 0, 0]);
  await settled();
  expect(view.snapshot?.salience).toMatchObject({
    status: 'ready',
    value: { grad_l2: [0, 1, 2, 0, 0], contrast: [0, 5, 0, 0, 0] },
  });
});

it('has no listeners after it is closed', () => {
  session.close();
  expect(model.listeners).toBe(0);
});
