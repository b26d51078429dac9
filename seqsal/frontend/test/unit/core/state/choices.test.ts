import { describe, expect, it, test } from 'vitest';
import { readChoices, writeChoices } from '../../../../src/core/state/choices.js';
import { INITIAL, adjust } from '../../../../src/core/state/view-state.js';
import type { Choices } from '../../../../src/core/state/view-state.js';

const OTHER: Choices = {
  granularity: { unit: 'custom', pattern: '; *|\\n+', role: 'starts' },
  method: 'grad_dot_input',
  aggregation: 'max',
  scaling: 'rank',
  intensity: 1.7,
  density: 'compact',
  marking: 'boxes',
  ranking: true,
  certainty: true,
};

describe('choices in writing', () => {
  it('say nothing while everything is as it was at first', () => {
    expect(writeChoices(INITIAL)).toEqual({});
    expect(adjust(INITIAL, readChoices({}))).toEqual(INITIAL);
  });

  it('are read as they were written, every one of them', () => {
    const state = adjust(INITIAL, OTHER);
    for (const name of ['selection', 'anchor', 'preferred'] as const) expect(OTHER).not.toHaveProperty(name);
    expect(Object.keys(OTHER).length, 'a new choice must be written too').toBe(Object.keys(INITIAL).length - 3);
    expect(readChoices(writeChoices(state))).toEqual(OTHER);
    expect(Object.values(writeChoices(state)).every((value) => typeof value === 'string')).toBe(true);
  });

  it('keep no pattern that cuts nothing', () => {
    const state = adjust(INITIAL, { granularity: { unit: 'words', pattern: ';', role: 'starts' } });
    expect(writeChoices(state)).toEqual({ granularity: 'words' });
  });

  it('write the intensity as the slider shows it', () => {
    expect(writeChoices(adjust(INITIAL, { intensity: 0.1 + 0.6 }))).toEqual({ intensity: '0.7' });
  });
});

test.each([
  ['granularity', 'bytes'],
  ['aggregation', 'median'],
  ['scaling', ''],
  ['marking', 'FILL'],
  ['density', 'x'],
  ['intensity', 'NaN'],
  ['ranking', 'yes'],
  ['match', 'middle'],
])('%s=%s is as if it were not there', (name, value) => {
  expect(readChoices({ [name]: value })).toEqual(readChoices({}));
});

it.each([
  ['99', 2.5],
  ['-1', 0.4],
])('keeps the intensity within the slider: %s', (text, expected) => {
  expect(readChoices({ intensity: text }).intensity).toBe(expected);
});
