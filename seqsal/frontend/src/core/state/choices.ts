import { AGGREGATIONS } from '../scores/aggregate.js';
import { SCALINGS } from '../scores/heat.js';
import { UNITS } from '../text/boundaries.js';
import type { Granularity } from '../text/boundaries.js';
import { INITIAL, SIDE_BY_SIDE } from './view-state.js';
import type { Choices, ViewState } from './view-state.js';

/** The user's choices as texts by name, for addresses and files. Defaults are left out. */
export type ChoiceTexts = Readonly<Record<string, string>>;

export const INTENSITY = { least: 0.4, most: 2.5, step: 0.1 } as const;

const MARKINGS = ['fill', 'underline', 'boxes'] as const;
const DENSITIES = ['roomy', 'compact'] as const;

export function formatChoices(state: ViewState): ChoiceTexts {
  const { granularity, method, aggregation, scaling, intensity, density, marking, ranking, certainty, template, stop } =
    state;
  const { through, folded, sideBySide } = state;
  const custom = granularity.unit === 'custom';
  const all = {
    granularity: granularity.unit,
    pattern: custom ? granularity.pattern : INITIAL.granularity.pattern,
    match: custom ? granularity.role : INITIAL.granularity.role,
    method: method ?? '',
    aggregation,
    scaling,
    sides: sideBySide,
    intensity: String(Math.round(intensity * 10) / 10),
    density,
    marking,
    ranking: ranking ? 'shown' : '',
    certainty: certainty ? 'shown' : '',
    template: template ? '' : 'hidden',
    thinking: through ? PASSED_ON : '',
    thoughts: folded === null ? '' : folded ? 'folded' : 'unfolded',
    stop,
  };
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => value !== DEFAULTS[name]));
}

const DEFAULTS: ChoiceTexts = {
  granularity: INITIAL.granularity.unit,
  pattern: INITIAL.granularity.pattern,
  match: INITIAL.granularity.role,
  method: '',
  aggregation: INITIAL.aggregation,
  scaling: INITIAL.scaling,
  sides: INITIAL.sideBySide,
  intensity: String(INITIAL.intensity),
  density: INITIAL.density,
  marking: INITIAL.marking,
  ranking: '',
  certainty: '',
  template: '',
  thinking: '',
  thoughts: '',
  stop: '',
};

const PASSED_ON = 'passed on';

/** The choices in the output of `formatChoices`. Missing and unknown values become defaults. */
export function parseChoices(texts: ChoiceTexts): Choices {
  const oneOf = <T extends string>(name: string, known: readonly T[], initial: T): T =>
    known.find((value) => value === texts[name]) ?? initial;
  return {
    granularity: readGranularity(texts),
    method: texts['method'] ?? null,
    aggregation: oneOf('aggregation', AGGREGATIONS, INITIAL.aggregation),
    scaling: oneOf('scaling', SCALINGS, INITIAL.scaling),
    sideBySide: oneOf('sides', SIDE_BY_SIDE, INITIAL.sideBySide),
    intensity: readIntensity(texts['intensity']),
    density: oneOf('density', DENSITIES, INITIAL.density),
    marking: oneOf('marking', MARKINGS, INITIAL.marking),
    ranking: texts['ranking'] === 'shown',
    certainty: texts['certainty'] === 'shown',
    template: texts['template'] !== 'hidden',
    through: texts['thinking'] === PASSED_ON,
    folded: texts['thoughts'] === 'folded' ? true : texts['thoughts'] === 'unfolded' ? false : null,
    stop: texts['stop'] ?? '',
  };
}

function readGranularity(texts: ChoiceTexts): Granularity {
  const unit = UNITS.find((known) => known === texts['granularity']) ?? INITIAL.granularity.unit;
  const pattern = texts['pattern'] ?? INITIAL.granularity.pattern;
  return { unit, pattern, role: texts['match'] === 'starts' ? 'starts' : 'ends' };
}

function readIntensity(text: string | undefined): number {
  const intensity = Number(text ?? INITIAL.intensity);
  if (!Number.isFinite(intensity)) return INITIAL.intensity;
  return Math.min(INTENSITY.most, Math.max(INTENSITY.least, intensity));
}
