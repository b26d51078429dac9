// Python draws the same colours; tests/results/test_colour.py writes the file, and fails
// when they are others.
import { expect, test } from 'vitest';
import { RAMPS, shades } from '../../../../src/core/scores/colour.js';
import { heatLevels } from '../../../../src/core/scores/heat.js';
import type { Scaling } from '../../../../src/core/scores/heat.js';
import heat from '../../../fixtures/heat.json';

test.each(RAMPS)('%s has the colours that Python draws', (ramp) => {
  expect(shades(ramp, 'light').map(({ background, text }) => [background, text])).toEqual(heat.shades[ramp]);
});

test.each(heat.levels)('$values by $scaling at $intensity', ({ values, scaling, intensity, levels }) => {
  const numbers = Float64Array.from(values, (value) => value ?? NaN);
  const own = heatLevels(numbers, { scaling: scaling as Scaling, intensity });
  expect(Array.from(own, (level) => level + 0)).toEqual(levels);
});
