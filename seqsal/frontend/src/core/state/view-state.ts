import type { Aggregation } from '../scores/aggregate.js';
import type { Scaling } from '../scores/heat.js';
import type { Granularity } from '../text/boundaries.js';
import { covers, setsEqual, union, without } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import { hull } from '../text/tokens.js';
import type { Span } from '../text/tokens.js';

export type Source = 'response' | 'dataset';
export type Density = 'roomy' | 'compact';
export type Marking = 'fill' | 'underline' | 'boxes';

/** All that the user has chosen. Never changed in place: each function below returns the next one. */
export interface ViewState {
  readonly granularity: Granularity;
  /** Null until a model says which methods it has. */
  readonly method: string | null;
  readonly aggregation: Aggregation;
  readonly scaling: Scaling;
  readonly intensity: number;
  readonly density: Density;
  readonly marking: Marking;
  /** Whether the list of the strongest segments is open. */
  readonly ranking: boolean;
  /** Whether the answer shows how sure the model was of each token. */
  readonly certainty: boolean;
  /** The tokens that are explained. Tokens, so that a change of granularity keeps the selection. */
  readonly selection: TokenSet | null;
  /** What a range is extended from. */
  readonly anchor: Span | null;
  /** Where the user last took a sequence from; null until then. */
  readonly preferred: Source | null;
}

/** What the user chooses for the display, and what all modules of a page share. */
export type Choices = Partial<Omit<ViewState, 'selection' | 'anchor'>>;

export const INITIAL: ViewState = {
  granularity: { unit: 'sentences', pattern: '\\n+', role: 'ends' },
  method: null,
  aggregation: 'sum',
  scaling: 'value',
  intensity: 1,
  density: 'roomy',
  marking: 'fill',
  ranking: false,
  certainty: false,
  selection: null,
  anchor: null,
  preferred: null,
};

/**
 * How a span is chosen: it `only`, instead of what was selected; all from where the selection began up to it (`extend`);
 * put to the others or taken from them (`toggle`); or as a range that was drawn, instead of the others (`range`) or with
 * them (`add`).
 */
export type Gesture = 'only' | 'extend' | 'toggle' | 'range' | 'add';

/** The state after a gesture. `anchor` is what a later range is extended from. */
export function select(state: ViewState, span: Span, how: Gesture, anchor = span): ViewState {
  switch (how) {
    case 'only':
      return setsEqual(state.selection, [span]) ? deselect(state) : { ...state, selection: [span], anchor };
    case 'extend':
      if (state.anchor === null) return select(state, span, 'only');
      return { ...state, selection: [hull(state.anchor, span)] };
    case 'toggle':
      return toggle(state, span);
    case 'range':
      return { ...state, selection: [span], anchor };
    case 'add':
      return { ...state, selection: union(state.selection ?? [], span), anchor };
  }
}

function toggle(state: ViewState, span: Span): ViewState {
  if (state.selection === null || !covers(state.selection, span)) return select(state, span, 'add');
  const selection = without(state.selection, span);
  return selection === null ? deselect(state) : { ...state, selection, anchor: span };
}

export function deselect(state: ViewState): ViewState {
  return state.selection === null ? state : { ...state, selection: null, anchor: null };
}

/** Changes display choices; the selection stays. */
export function adjust(state: ViewState, choices: Choices): ViewState {
  return { ...state, ...choices };
}

/** Takes a method the model has: the one chosen if it is among them, else the first. Without a model, any may stand. */
export function withMethods(state: ViewState, methods: readonly string[]): ViewState {
  if (methods.length === 0 || (state.method !== null && methods.includes(state.method))) return state;
  return { ...state, method: methods[0] ?? null };
}
