import { describe, expect, it, vi } from 'vitest';
import { addNewPrompt, takesNewPrompts } from '../../../../src/host/lit/compare.js';
import type { LitInput, LitModuleElement } from '../../../../src/host/lit/types.js';

const selectIds = vi.fn();

/** As much of a module as the functions meet: its getter on the prototype returns a selection. */
class Module {
  readonly appState: object;
  constructor(fields: readonly string[], services: object) {
    const empty = { id: '', meta: { source: 'manual' }, data: Object.fromEntries(fields.map((name) => [name, ''])) };
    this.appState = { makeEmptyDatapoint: () => empty, ...services };
  }
  get selectionService(): object {
    return { primarySelectedInputData: null, selectIds };
  }
}

function moduleOf(fields: readonly string[], services: object): LitModuleElement {
  return new Module(fields, services) as unknown as LitModuleElement;
}

const commitNewDatapoints = vi.fn();
const services = {
  annotateNewData: (examples: LitInput[]) => Promise.resolve(examples.map((each) => ({ ...each, id: 'new' }))),
  commitNewDatapoints,
};

describe('a prompt that is made from no example', () => {
  it('is added with the other fields of the dataset, and selected', async () => {
    const module = moduleOf(['prompt', 'target'], services);
    expect(takesNewPrompts(module)).toBe(true);
    await addNewPrompt(module, 'Hi');
    const [[added]] = commitNewDatapoints.mock.lastCall as [[LitInput]];
    expect(added).toMatchObject({ id: 'new', data: { prompt: 'Hi', target: '' } });
    expect(selectIds).toHaveBeenLastCalledWith(['new']);
  });

  it('is not offered for a dataset without prompts, or without the services', () => {
    expect(takesNewPrompts(moduleOf(['sentence'], services))).toBe(false);
    expect(takesNewPrompts(moduleOf(['prompt'], {}))).toBe(false);
  });
});
