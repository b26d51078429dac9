import type { Aggregation } from '../scores/aggregate.js';
import type { Versus } from '../scores/contrast.js';
import type { Scaling } from '../scores/heat.js';
import type { Granularity } from '../text/boundaries.js';
import { covers, setsEqual, union, without } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import { hull } from '../text/tokens.js';
import type { Span } from '../text/span.js';

export type Source = 'response' | 'dataset';
export type Density = 'roomy' | 'compact';
export type Marking = 'fill' | 'underline' | 'boxes';

export const SIDE_BY_SIDE = ['separate', 'shared', 'difference'] as const;
/**
 * The colours of two versions of a prompt side by side: each text on a scale of its own, both on one scale, or the change of each
 * segment's score.
 */
export type SideBySide = (typeof SIDE_BY_SIDE)[number];

/** Everything that the user has chosen. Immutable: each function below returns the next state. */
export interface ViewState {
  readonly granularity: Granularity;
  /** Null until the methods of a model are known. */
  readonly method: string | null;
  readonly aggregation: Aggregation;
  readonly scaling: Scaling;
  readonly sideBySide: SideBySide;
  readonly intensity: number;
  readonly density: Density;
  readonly marking: Marking;
  /** Whether the list of the strongest segments is open. */
  readonly ranking: boolean;
  /** Whether the certainty of each token of the answer is shown. */
  readonly certainty: boolean;
  /** Whether the tokens of the chat template are shown between messages. */
  readonly template: boolean;
  /** Whether what falls on the thinking before a selection is passed on to what the thinking depends on. */
  readonly through: boolean;
  /** Whether the thinking of an answer is folded; null: it is, if an answer follows it. */
  readonly folded: boolean | null;
  /** The text that ends an answer before it; '' for the server's own setting. */
  readonly stop: string;
  /** The tokens to explain. Tokens rather than segments, so that a change of granularity keeps the selection. */
  readonly selection: TokenSet | null;
  /** What the selection is explained against; null if it is explained alone. */
  readonly versus: Versus | null;
  /** Where the extension of a range starts. */
  readonly anchor: Span | null;
  /** The source of the sequence that the user chose last; null before that. */
  readonly preferred: Source | null;
}

/** The display choices, which all modules of a page share. */
export type Choices = Partial<Omit<ViewState, 'selection' | 'versus' | 'anchor'>>;

export const INITIAL: ViewState = {
  granularity: { unit: 'sentences', pattern: '\\n+', role: 'ends' },
  method: null,
  aggregation: 'sum',
  scaling: 'value',
  sideBySide: 'separate',
  intensity: 1,
  density: 'roomy',
  marking: 'fill',
  ranking: false,
  certainty: false,
  template: true,
  through: false,
  folded: null,
  stop: '',
  selection: null,
  versus: null,
  anchor: null,
  preferred: null,
};

/**
 * How a span changes the selection: it replaces it (`only`), extends it from its anchor (`extend`), is added or removed
 * (`toggle`), or is a drawn range that replaces the selection (`range`) or is added to it (`add`).
 */
export type Gesture = 'only' | 'extend' | 'toggle' | 'range' | 'add';

/** The state after a gesture. `anchor` is where a later extension starts. */
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
  return state.selection === null ? state : { ...state, selection: null, versus: null, anchor: null };
}

/** Changes display choices and keeps the selection. */
export function adjust(state: ViewState, choices: Choices): ViewState {
  return { ...state, ...choices };
}

/** Ensures that the model has the chosen method; otherwise chooses its first. Without methods, the choice stays. */
export function withMethods(state: ViewState, methods: readonly string[]): ViewState {
  if (methods.length === 0 || (state.method !== null && methods.includes(state.method))) return state;
  return { ...state, method: methods[0] ?? null };
}
