import { describe, expect, it } from 'vitest';
import { RAMPS, contrast, shades } from '../../../../src/core/scores/colour.js';
import { STEPS } from '../../../../src/core/scores/heat.js';

const PAGE = { light: '#ffffff', dark: '#1b1c1f' } as const;

describe('contrast', () => {
  it('is as WCAG 2 defines it', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 3);
  });
});

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  it.each(RAMPS)('%s is readable at every level, and each level has more contrast than the one before', (ramp) => {
    const ramps = shades(ramp, theme);
    expect(ramps).toHaveLength(STEPS);
    const distances = ramps.map(({ background }) => contrast(background, PAGE[theme]));
    for (const [i, { background, text }] of ramps.entries()) {
      expect(contrast(background, text)).toBeGreaterThanOrEqual(4.5);
      if (i > 0) expect(distances[i]).toBeGreaterThan(distances[i - 1] ?? Infinity);
    }
  });

  it('both signs have the same strength at each level', () => {
    const [support, against] = [shades('support', theme), shades('against', theme)];
    for (const [i, shade] of support.entries()) {
      expect(contrast(shade.background, against[i]?.background ?? '')).toBeLessThan(1.25);
    }
  });
});
