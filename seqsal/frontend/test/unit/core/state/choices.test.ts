import { describe, expect, it, test } from 'vitest';
import { parseChoices, formatChoices } from '../../../../src/core/state/choices.js';
import { INITIAL, adjust } from '../../../../src/core/state/view-state.js';
import type { Choices } from '../../../../src/core/state/view-state.js';

const OTHER: Choices = {
  granularity: { unit: 'custom', pattern: '; *|\\n+', role: 'starts' },
  method: 'grad_dot_input',
  aggregation: 'max',
  scaling: 'rank',
  sideBySide: 'difference',
  intensity: 1.7,
  density: 'compact',
  marking: 'boxes',
  ranking: true,
  certainty: true,
  template: false,
  through: true,
  folded: true,
  stop: '\n\n',
};

describe('choices as texts', () => {
  it('are empty for the defaults', () => {
    expect(formatChoices(INITIAL)).toEqual({});
    expect(adjust(INITIAL, parseChoices({}))).toEqual(INITIAL);
  });

  it('are parsed as they were formatted, every one of them', () => {
    const state = adjust(INITIAL, OTHER);
    for (const name of ['selection', 'versus', 'anchor', 'preferred'] as const) expect(OTHER).not.toHaveProperty(name);
    expect(Object.keys(OTHER).length, 'a new choice must be written too').toBe(Object.keys(INITIAL).length - 4);
    expect(parseChoices(formatChoices(state))).toEqual(OTHER);
    expect(Object.values(formatChoices(state)).every((value) => typeof value === 'string')).toBe(true);
  });

  it('omit a pattern that is not used', () => {
    const state = adjust(INITIAL, { granularity: { unit: 'words', pattern: ';', role: 'starts' } });
    expect(formatChoices(state)).toEqual({ granularity: 'words' });
  });

  it('round the intensity as the slider shows it', () => {
    expect(formatChoices(adjust(INITIAL, { intensity: 0.1 + 0.6 }))).toEqual({ intensity: '0.7' });
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
])('%s=%s is ignored', (name, value) => {
  expect(parseChoices({ [name]: value })).toEqual(parseChoices({}));
});

it.each([
  ['99', 2.5],
  ['-1', 0.4],
])('keeps the intensity within the slider: %s', (text, expected) => {
  expect(parseChoices({ intensity: text }).intensity).toBe(expected);
});
