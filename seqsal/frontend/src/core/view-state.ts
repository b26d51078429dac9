import type { Aggregation } from './aggregate.js';
import type { Granularity } from './boundaries.js';
import type { Scaling } from './heat.js';
import { hull, spansEqual } from './tokens.js';
import type { Span } from './tokens.js';

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
  /** The tokens that are explained. Tokens, so that a change of granularity keeps the selection. */
  readonly selection: Span | null;
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
  selection: null,
  anchor: null,
  preferred: null,
};

/** Selects a span; the span that is selected already is let go. */
export function select(state: ViewState, span: Span): ViewState {
  if (spansEqual(state.selection, span)) return deselect(state);
  return { ...state, selection: span, anchor: span };
}

/** Selects from where the selection began to `span`, whichever comes first. */
export function extend(state: ViewState, span: Span): ViewState {
  if (state.anchor === null) return select(state, span);
  return { ...state, selection: hull(state.anchor, span) };
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
