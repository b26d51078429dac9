import { expect, it } from 'vitest';
import schema from '../../../../../shared/saved_result.schema.json';
import { readSaved } from '../../../../src/core/saved/reader.js';
import { FORMAT, VERSION } from '../../../../src/core/saved/result.js';
import { AGGREGATIONS } from '../../../../src/core/scores/aggregate.js';
import { SCALINGS } from '../../../../src/core/scores/heat.js';
import { formatChoices } from '../../../../src/core/state/choices.js';
import { CONTRAST } from '../../../helpers/methods.js';
import { INITIAL, SIDE_BY_SIDE, adjust } from '../../../../src/core/state/view-state.js';
import { UNITS } from '../../../../src/core/text/boundaries.js';

const LEAST = {
  format: FORMAT,
  version: VERSION,
  prompt: '',
  target: '',
  source: 'response',
  tokens: [],
  special_tokens_mask: [],
  methods: [],
  selected: false,
  salience: [],
  view: {},
};

it('requires what the reader requires', () => {
  expect(schema.required.toSorted()).toEqual(Object.keys(LEAST).sort());
  expect(readSaved(LEAST)).toEqual(LEAST);
  for (const name of schema.required) {
    const lacking = Object.fromEntries(Object.entries(LEAST).filter(([key]) => key !== name));
    expect(() => readSaved(lacking), name).toThrow();
  }
});

it('describes every field of a method', () => {
  const { items } = schema.properties.method_descriptions;
  expect(items.required.toSorted()).toEqual(Object.keys(CONTRAST).sort());
  expect(Object.keys(items.properties).sort()).toEqual(Object.keys({ ...CONTRAST, remainder: '' }).sort());
  for (const name of items.required) {
    const lacking = Object.fromEntries(Object.entries(CONTRAST).filter(([key]) => key !== name));
    expect(() => readSaved({ ...LEAST, methods: ['contrast'], method_descriptions: [lacking] }), name).toThrow();
  }
  expect(readSaved({ ...LEAST, methods: ['contrast'], method_descriptions: [CONTRAST] })).toMatchObject({
    method_descriptions: [CONTRAST],
  });
});

it('has the name and version of the format', () => {
  const { format, version } = schema.properties;
  expect([format.const, version.const]).toEqual([FORMAT, VERSION]);
});

it('has every choice of the view, and every value of it', () => {
  const other = adjust(INITIAL, {
    granularity: { unit: 'custom', pattern: ';', role: 'starts' },
    method: 'grad_l2',
    aggregation: 'max',
    scaling: 'rank',
    sideBySide: 'shared',
    intensity: 2,
    density: 'compact',
    marking: 'boxes',
    ranking: true,
    certainty: true,
    template: false,
    through: true,
    folded: false,
  });
  const { properties } = schema.properties.view;
  expect(Object.keys(properties).sort()).toEqual(Object.keys(formatChoices(other)).sort());
  expect(properties.granularity.enum).toEqual(UNITS);
  expect(properties.aggregation.enum).toEqual(AGGREGATIONS);
  expect(properties.scaling.enum).toEqual(SCALINGS);
  expect(properties.sides.enum).toEqual(SIDE_BY_SIDE);
});
