import type { Restored } from '../../core/saved/result.js';
import { subjectKey } from '../../core/scores/cache.js';
import type { ScoredSelection } from '../../core/scores/cache.js';
import { REMOVAL_METHOD, removedCount, sameSegments } from '../../core/scores/check.js';
import type { Host } from '../../core/state/host.js';
import { maskOf } from '../../core/text/token-set.js';

const UNSCORED = 'This is a saved result. It contains no scores of this selection by this method.';
const OTHER_SEGMENTS = 'This is a saved result. This method scored other segments: choose another granularity.';

/** A host over a saved result. It offers the methods that have scores in the file, and removals if any were checked. */
export function createSavedHost({ sequence, tokens, methods, salience, logprobs }: Restored): Host {
  const special = tokens.special;
  const scored = methods.filter(({ name }) => salience.some((each) => name in each.scores || isMapOf(each, name)));
  const alone = salience.filter(({ versus }) => versus === null);
  const keyOf = (mask: readonly number[], through = false): string => `${mask.join('')}${through ? ' through' : ''}`;
  const known = new Map(
    alone.map((scored) => [keyOf(maskOf({ special }, scored.selection), scored.through), scored] as const),
  );
  return {
    methods: scored.length === 0 ? methods : scored,
    final: true,
    passesOn: salience.some(({ through }) => through),
    generate: () =>
      Promise.resolve(sequence.source === 'response' ? [{ text: sequence.text, score: sequence.score }] : []),
    tokenize: () => Promise.resolve(tokens),
    stored: () => withTwins(salience),
    salience({ targetMask, methods: requested, segments = [], through }) {
      const scored = known.get(keyOf(targetMask, through));
      if (scored === undefined) return Promise.reject(new Error(missing(known.size)));
      const found = requested.filter((name) => name in scored.scores);
      if (found.length === 0) return Promise.reject(new Error(UNSCORED));
      const fits = found.every((name) => !scored.segments[name] || sameSegments(scored.segments[name], segments));
      return fits ? Promise.resolve(scored.scores) : Promise.reject(new Error(OTHER_SEGMENTS));
    },
    contrast: () => Promise.reject(new Error(UNSCORED)),
    ...(logprobs === null ? {} : { logprobs: () => Promise.resolve(logprobs) }),
  };
}

/** Whether a method is the map of a check. */
function isMapOf({ checks }: ScoredSelection, name: string): boolean {
  return name === REMOVAL_METHOD && checks.some((check) => removedCount(check) > 0);
}

/** The salience, with each check of a map that passes on the thinking also where it is not passed on: removals do the same there. */
function withTwins(salience: readonly ScoredSelection[]): ScoredSelection[] {
  const keys = new Set(salience.map(subjectKey));
  const twins = salience
    .filter(({ through, checks }) => through && checks.length > 0)
    .map((each) => ({ ...each, through: false, scores: {}, segments: {} }));
  return [...twins.filter((twin) => !keys.has(subjectKey(twin))), ...salience];
}

function missing(count: number): string {
  const held = count === 1 ? 'one selection' : `${count.toLocaleString('en')} selections`;
  return `This is a saved result. It contains the scores of ${held}, but not of this one.`;
}
