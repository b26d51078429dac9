import { describe, expect, it } from 'vitest';
import { readSaved } from '../../../../src/core/saved/reader.js';
import { restoreSaved } from '../../../../src/core/saved/result.js';
import type { SavedResult } from '../../../../src/core/saved/result.js';
import { createSavedHost } from '../../../../src/host/saved/host.js';
import { CONTRAST, GRADIENTS } from '../../../helpers/methods.js';

const { signal } = new AbortController();

describe('the methods of a file', () => {
  const known = { grad_l2: [0, 1], grad_dot_input: [0, -1] };
  const file: SavedResult = {
    format: 'seqsal-salience',
    version: 1,
    prompt: 'a',
    target: ' b',
    source: 'response',
    tokens: ['a', ' b'],
    special_tokens_mask: [0, 0],
    methods: ['contrast', 'grad_l2', 'grad_dot_input'],
    salience: [{ selection: [[1, 2]], scores: { contrast: [0, -2] } }],
    selected: true,
    view: {},
  };
  const labels = (result: SavedResult): string[] => restoreSaved(readSaved(result)).methods.map(({ label }) => label);

  it('are described by the file, else by the built-in descriptions, else by their names', () => {
    expect(labels({ ...file, method_descriptions: [CONTRAST, ...GRADIENTS] })).toEqual([
      'Contrast',
      'Grad L2',
      'Grad · Input',
    ]);
    expect(labels(file)).toEqual(['contrast', 'Grad L2', 'Grad · Input']);
  });

  it('are offered if the file has scores, with an error for a selection without them', async () => {
    const second = { selection: [[0, 1]] as [number, number][], scores: known };
    const restored = restoreSaved({
      ...file,
      method_descriptions: [CONTRAST, ...GRADIENTS],
      salience: [...file.salience, second],
    });
    const saving = createSavedHost(restored);
    expect(saving.methods.map(({ name }) => name)).toEqual(file.methods);
    const question = { prompt: 'a', target: ' b', targetMask: [1, 0] };
    await expect(saving.salience({ ...question, methods: ['grad_l2', 'grad_dot_input'] }, signal)).resolves.toEqual(
      known,
    );
    await expect(saving.salience({ ...question, methods: ['contrast'] }, signal)).rejects.toThrow(
      'This is a saved result. It contains no scores of this selection by this method.',
    );
    expect(createSavedHost(restoreSaved(file)).methods.map(({ name }) => name)).toEqual(['contrast']);
    expect(createSavedHost(restoreSaved({ ...file, selected: false, salience: [] })).methods).toHaveLength(3);
  });
});
