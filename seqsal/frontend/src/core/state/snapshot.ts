import type { MethodDescription } from '../scores/methods.js';
import type { Segmentation } from '../text/boundaries.js';
import type { Way } from '../text/carry.js';
import type { ThinkingMarks } from '../text/thinking.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Caveats } from './caveats.js';
import { offersOf } from './host.js';
import type { Edit } from './edit.js';
import type { Candidate, ChatTemplateUse, Example, Host, Offers } from './host.js';
import type { ExplanationSnapshot } from './explanation.js';
import type { Request } from './request.js';
import type { Sequence } from './sequences.js';
import type { ViewState } from './view-state.js';

/** What a host offers and says about itself. */
interface HostSnapshot {
  readonly methods: readonly MethodDescription[];
  readonly offers: Offers;
  /** Whether the model has log-probabilities. */
  readonly hasLogprobs: boolean;
  readonly caveats: Caveats | null;
  /** For a demonstration model: how to load a real one; else ''. */
  readonly demonstration: string;
  /** Which prompts the model renders in its chat template; null if it has none. */
  readonly chatTemplate: ChatTemplateUse | null;
  /** The marks of the model's thinking; empty if it has none. */
  readonly thinkingMarks: readonly ThinkingMarks[];
  /** Whether repeating a failed request cannot help. */
  readonly final: boolean;
}

export function aboutHost(host: Host | null): HostSnapshot {
  return {
    methods: host?.methods ?? [],
    offers: offersOf(host),
    hasLogprobs: host?.logprobs !== undefined,
    caveats: host?.caveats ?? null,
    demonstration: host?.demonstration ?? '',
    chatTemplate: host?.chatTemplate ?? null,
    thinkingMarks: host?.thinkingMarks ?? [],
    final: host?.final ?? false,
  };
}

/** What a view knows of its text: tokens, segments, scores. The view next to it sees this of it. */
export type ViewedText = Pick<
  Snapshot,
  'state' | 'tokens' | 'segmentation' | 'methods' | 'salience' | 'scored' | 'logprobs' | 'offers'
>;

/** What the texts side by side are called, such as "pinned" and "selected". */
export interface Sides {
  readonly before: string;
  readonly after: string;
}

/** The view next to which this one is shown. */
export interface Compared {
  readonly other: ViewedText;
  readonly sides: Sides;
  /** Whether the other one is the example before the changes. */
  readonly isBefore: boolean;
}

export function sameComparison(a: Compared | null, b: Compared | null): boolean {
  if (!a || !b) return a === b;
  // What the host offers belongs to the tokens.
  const fields = ['state', 'tokens', 'segmentation', 'salience', 'scored', 'logprobs'] as const;
  return a.isBefore === b.isBefore && a.sides === b.sides && fields.every((field) => a.other[field] === b.other[field]);
}

/** Everything that the view draws at one moment. */
export interface Snapshot extends ExplanationSnapshot, HostSnapshot {
  readonly state: ViewState;
  readonly example: Example | null;
  readonly sequences: readonly Sequence[];
  readonly sequence: Sequence | null;
  readonly generation: Request<readonly Candidate[]>;
  readonly tokens: Request<TokenizedText>;
  /** How the selection of a question about another text was found; null if the user made it here. */
  readonly carriedBy: Way | null;
  readonly segmentation: Segmentation;
  /** The search for the custom pattern; idle for any other granularity. */
  readonly pattern: Request<readonly number[]>;
  /** The view next to which this one is shown; null if it is shown alone. */
  readonly compared: Compared | null;
  /** What the user is changing in the prompt; null if nothing. */
  readonly edit: Edit | null;
  /** Why the model cannot take the changed prompt, or why something is not in the edit; or ''. */
  readonly editProblem: string;
  /** A prompt that is being added, to be shown next to this one or in place of it. */
  readonly comparison: Request<null>;
}
