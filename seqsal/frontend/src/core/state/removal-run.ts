import type { ScoreCache, Subject } from '../scores/cache.js';
import { checkOf, emptyCheck } from '../scores/check.js';
import type { Check } from '../scores/check.js';
import type { Passage } from '../scores/passages.js';
import { countRemovals, planRemovals } from '../scores/removal-plan.js';
import { maskOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { ReportProgress } from './host.js';
import type { Scorable } from './score-loader.js';

/** A check of a selection: its segments, and the map that orders them. */
export interface Checkable {
  readonly subject: Subject;
  readonly check: Check;
  /** The map: one number for each segment of the check. */
  readonly values: readonly number[];
  /** Those of a long text; empty for a short one. */
  readonly passages: readonly Passage[];
}

/**
 * Removes what is missing from a check, or with `more` up to 24 other segments. Each effect is cached as it comes. A long text
 * takes two requests: which segments are removed last depends on what its passages do.
 */
export async function runRemovals(
  { host, text, tokens }: Scorable,
  cache: ScoreCache,
  { subject, check, values, passages }: Checkable,
  more: boolean,
  signal: AbortSignal,
  report: ReportProgress,
): Promise<void> {
  const { segments } = check;
  const { versus, through, selection } = subject;
  const input = { ...text, targetMask: maskOf(tokens, selection), segments, versus, through };
  const of = countRemovals(check, values, { passages, more });
  let done = 0;
  report({ stage: 'removal', done, of });
  const remove = async (removals: readonly TokenSet[]): Promise<void> => {
    const onEffect = (i: number, effect: number): void => {
      const removed = removals[i];
      if (signal.aborted || removed === undefined) return;
      done += 1;
      cache.addEffect(subject, segments, removed, effect);
      report({ stage: 'removal', done, of });
    };
    await host.removalEffects?.({ ...input, removals }, signal, onEffect, (progress) => {
      if (progress.stage === 'queued') report(progress);
    });
  };
  await remove(planRemovals(check, values, { passages, more }));
  if (more || signal.aborted) return;
  const reached = checkOf(cache.get(subject)?.checks ?? [], segments) ?? emptyCheck(segments);
  const rest = planRemovals(reached, values, { passages });
  if (rest.length > 0) await remove(rest);
}
