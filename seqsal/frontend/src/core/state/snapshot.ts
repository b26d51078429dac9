import type { ScoredSelection } from '../scores/cache.js';
import type { Logprobs } from '../scores/certainty.js';
import type { MethodDescription, Scores } from '../scores/methods.js';
import type { Cut } from '../text/boundaries.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Caveats } from './caveats.js';
import type { Candidate, Example } from './host.js';
import type { Request } from './request.js';
import type { Sequence } from './sequences.js';
import type { ViewState } from './view-state.js';

/** All there is to draw at one moment. */
export interface Snapshot {
  readonly state: ViewState;
  readonly example: Example | null;
  readonly methods: readonly MethodDescription[];
  readonly sequences: readonly Sequence[];
  readonly sequence: Sequence | null;
  readonly generation: Request<readonly Candidate[]>;
  readonly tokens: Request<TokenizedText>;
  readonly cut: Cut;
  /** The search for the custom pattern; idle with any other granularity. */
  readonly pattern: Request<readonly number[]>;
  readonly salience: Request<Scores>;
  /** Idle until they are wanted. */
  readonly logprobs: Request<Logprobs>;
  /** Whether the model can tell how sure it was. */
  readonly hasLogprobs: boolean;
  readonly caveats: Caveats | null;
  /** How a real model is loaded, where this one only serves to try things out; else ''. */
  readonly demonstration: string;
  /** Whether asking again is of no use. */
  readonly final: boolean;
  /** The selections of this sequence whose scores are known. */
  readonly cached: Iterable<ScoredSelection>;
}
