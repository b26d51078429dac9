import type { ScoredSelection } from '../scores/cache.js';
import type { Logprobs } from '../scores/certainty.js';
import { describeMethods, nameOf } from '../scores/methods.js';
import type { MethodDescription, Scores } from '../scores/methods.js';
import { readChoices, writeChoices } from '../state/choices.js';
import type { Written } from '../state/choices.js';
import type { Example } from '../state/host.js';
import type { Sequence } from '../state/sequences.js';
import type { Snapshot } from '../state/snapshot.js';
import type { Choices } from '../state/view-state.js';
import { setsEqual } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { TokenizedText } from '../text/tokens.js';

/** The name and version of the format, which a reader looks at first. docs/saved-results.md describes every field. */
export const FORMAT = 'seqsal-salience';
export const VERSION = 1;

/** The salience of one selection: for each method one score per token. */
export interface SavedSalience {
  /** Ranges of tokens [start, end), in order, with gaps between them. */
  readonly selection: readonly (readonly [number, number])[];
  readonly scores: Scores;
}

/** What has been computed about one sequence, as it is written to a file. */
export interface SavedResult {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly prompt: string;
  readonly target: string;
  /** Who wrote the target: the model, or whoever made the dataset. */
  readonly source: 'response' | 'target';
  readonly tokens: readonly string[];
  /** 1 for special and template tokens, which stand for no character of prompt + target. */
  readonly special_tokens_mask: readonly number[];
  readonly token_ids?: readonly number[];
  readonly logprobs?: Logprobs;
  readonly methods: readonly string[];
  /** Of each of the methods, in their order. */
  readonly method_descriptions?: readonly MethodDescription[];
  /** The one that is shown comes first. */
  readonly salience: readonly SavedSalience[];
  /** The selection that is shown is the first of `salience`; false where nothing is selected. */
  readonly selected: boolean;
  readonly view: Written;
}

/** Numbers with so many digits that no colour changes. */
const DIGITS = 5;
/** The scores that a file holds at most, of selections that are not shown: about 5 MB. */
const MOST_SCORES = 500_000;

/** What a snapshot shows, to be written to a file; null while there is nothing. `all` takes every selection that is known. */
export function saveSnapshot(snapshot: Snapshot, all: boolean): SavedResult | null {
  const { state, example, sequence, tokens, methods, cached, salience, logprobs } = snapshot;
  if (!example || !sequence || tokens.status !== 'ready') return null;
  const shown =
    salience.status === 'ready' && state.selection ? { set: state.selection, scores: salience.value } : null;
  const { ids, special } = tokens.value;
  return {
    format: FORMAT,
    version: VERSION,
    prompt: example.prompt,
    target: sequence.text,
    source: sequence.source === 'dataset' ? 'target' : 'response',
    tokens: tokens.value.tokens,
    special_tokens_mask: special.map(Number),
    ...(ids.length > 0 ? { token_ids: ids } : {}),
    ...(logprobs.status === 'ready' ? { logprobs: logprobs.value.map(shorten) } : {}),
    methods: methods.map(nameOf),
    method_descriptions: methods,
    selected: shown !== null,
    salience: chosen(cached, shown, all).map(({ set, scores }) => ({
      selection: set.map(({ start, end }) => [start, end] as const),
      scores: Object.fromEntries(Object.entries(scores).map(([name, values]) => [name, values.map(shortenNumber)])),
    })),
    view: writeChoices(state),
  };
}

/** The selection that is shown, then the others as far as they fit, the newest first. */
function chosen(cached: Iterable<ScoredSelection>, shown: ScoredSelection | null, all: boolean): ScoredSelection[] {
  const first = shown === null ? [] : [shown];
  if (!all) return first;
  let room = MOST_SCORES;
  const others = [...cached].reverse().filter(({ set, scores }) => {
    if (shown !== null && setsEqual(set, shown.set)) return false;
    room -= Object.values(scores).reduce((size, values) => size + values.length, 0);
    return room >= 0;
  });
  return [...first, ...others];
}

function shortenNumber(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : 0;
}

function shorten(value: number | null): number | null {
  return value === null ? null : shortenNumber(value);
}

/** The parts of a saved result in the terms of a view. */
export interface Restored {
  readonly example: Example;
  readonly sequence: Sequence;
  readonly tokens: Pick<TokenizedText, 'tokens' | 'special' | 'ids'>;
  readonly logprobs: Logprobs | null;
  readonly methods: readonly MethodDescription[];
  readonly salience: readonly ScoredSelection[];
  readonly selection: TokenSet | null;
  readonly choices: Choices;
}

export function restoreSaved(saved: SavedResult): Restored {
  const source = saved.source === 'target' ? 'dataset' : 'response';
  const label = source === 'dataset' ? 'Target' : 'Response';
  const salience = saved.salience.map(({ selection, scores }) => ({
    set: selection.map(([start, end]) => ({ start, end })),
    scores,
  }));
  return {
    example: { key: 'saved', prompt: saved.prompt, target: source === 'dataset' ? saved.target : '' },
    sequence: { source, text: saved.target, score: null, label },
    tokens: { tokens: saved.tokens, special: saved.special_tokens_mask.map(Boolean), ids: saved.token_ids ?? [] },
    logprobs: saved.logprobs ?? null,
    methods: describeMethods(saved.methods, saved.method_descriptions),
    salience,
    selection: saved.selected ? (salience[0]?.set ?? null) : null,
    choices: readChoices(saved.view),
  };
}
