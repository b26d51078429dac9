import { describe, expect, it } from 'vitest';
import type { Host } from '../../../../src/core/state/host.js';
import type { Snapshot } from '../../../../src/core/state/snapshot.js';
import { NotebookTrail } from '../../../../src/host/notebook/trail.js';
import { FakeModel } from '../../../helpers/fake-model.js';
import { settled } from '../../../helpers/hand-host.js';

describe('the trail of a cell', () => {
  it('requests the answer to a version once it is no longer hidden', async () => {
    const model = new FakeModel({
      target: '',
      _versions: [
        { id: 'a', parent: '', prompt: 'First.' },
        { id: 'b', parent: 'a', prompt: 'Second.' },
      ],
      _notes: { hidden: ['b'] },
    });
    const requested: string[] = [];
    const host = {
      generate: (prompt: string) => {
        requested.push(prompt);
        return Promise.resolve([{ text: 'Yes.' }]);
      },
    } as unknown as Host;
    const snapshot = {
      generation: { status: 'ready', value: [] },
      sequence: { text: 'No.' },
      example: { prompt: 'First.' },
      state: { stop: '' },
    } as unknown as Snapshot;
    const cell = { snapshot: () => snapshot, host: () => host, pinned: () => null, visit: () => undefined };
    const trail = new NotebookTrail(model, cell, () => undefined);
    await settled();
    trail.update();
    await settled();
    expect(requested).toEqual([]);
    trail.act({ type: 'show-hidden' });
    await settled();
    expect(requested).toEqual(['Second.']);
    expect(trail.trail?.tries.map(({ answer }) => answer)).toEqual(['No.', 'Yes.']);
  });
});
