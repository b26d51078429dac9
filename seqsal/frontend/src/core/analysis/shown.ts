import type { AnalysisResults, Membership } from './results.js';
import type { AnalysisSettings, SettingProblem } from './settings.js';

/** Which examples are analyzed. */
export type Scope = 'all' | 'selected';

/** An analysis that was started. */
export interface StartedAnalysis {
  /** Stopped: by the user. Failed: for a reason. Both have the results until then. */
  readonly phase: 'running' | 'done' | 'stopped' | 'failed';
  readonly settings: AnalysisSettings;
  readonly results: AnalysisResults;
  /** The place in the queue of the server; 0 if it is its turn. */
  readonly place: number;
  /** Whether its server is lost. It goes on once there is one again. */
  readonly lost: boolean;
  /** When it was started, in milliseconds since 1970. */
  readonly started: number;
  /** Why it failed. */
  readonly problem: SettingProblem | null;
}

/** The label whose examples are selected. */
export interface ChosenLabel {
  readonly label: string;
  readonly region: string;
  /** The number of its examples. */
  readonly count: number;
}

/** What the user did. */
export type AnalysisAction =
  | { readonly type: 'settings'; readonly settings: AnalysisSettings }
  | { readonly type: 'scope'; readonly scope: Scope }
  | { readonly type: 'run' }
  | { readonly type: 'stop' }
  | { readonly type: 'choose'; readonly label: string; readonly region: string }
  | { readonly type: 'membership'; readonly membership: Membership }
  /** Selects examples by their numbers among those that were analyzed. */
  | { readonly type: 'show'; readonly indices: readonly number[] };

/** What a running analysis waits for, or how long the rest takes, in words; '' while too little is known. */
export function progressNote(analysis: StartedAnalysis, now: number): string {
  if (analysis.lost) return 'the server cannot be reached; the analysis goes on when it is back';
  return analysis.place > 0 ? `place ${String(analysis.place)} in the queue` : timeLeft(analysis, now);
}

/** How long the rest of an analysis takes at its rate so far, in words; '' while too little is known. */
function timeLeft({ results: { done, of }, started }: StartedAnalysis, now: number): string {
  const seconds = (now - started) / 1000;
  if (done === 0 || seconds < 3) return '';
  const left = (seconds / done) * (of - done);
  if (left < 5) return 'a few seconds left';
  if (left < 90) return `about ${String(Math.ceil(left / 5) * 5)} seconds left`;
  return `about ${String(Math.ceil(left / 60))} minutes left`;
}
