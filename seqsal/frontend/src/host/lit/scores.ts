import type { MethodDescription, Scores } from '../../core/scores/methods.js';
import type { Host, ManySalienceInput, OnScores, ReportProgress, SalienceInput } from '../../core/state/host.js';
import { withSignReversed } from './methods.js';
import { modified, rangesOf } from './predict.js';
import type { Predict, Prediction, PredictionRequest } from './predict.js';
import type { LitInput } from './types.js';

/** What cancels a request, and what its progress is reported to. */
export type Waiter = readonly [signal: AbortSignal, report?: ReportProgress];
type RequestOptions = Pick<PredictionRequest, 'signal' | 'report' | 'prefetch'>;
type ScoreInput = ManySalienceInput & Pick<SalienceInput, 'segments' | 'through'>;
type Score = (input: ScoreInput, options: RequestOptions, onScores?: OnScores) => Promise<Scores[]>;

/** Requests scores from a salience model; `reversed` are the methods whose sign is to be reversed. */
export function scorer(predict: Predict, input: LitInput, reversed: readonly MethodDescription[]): Score {
  return async ({ prompt, target, targetMasks, methods, segments, through }, options, onScores) => {
    const scoresOf = (prediction: Prediction): Scores => withSignReversed(scoresIn(prediction, methods), reversed);
    const text = modified(input, { prompt, target });
    const ranges = segments && { segments: rangesOf(segments) };
    const passed = through === true ? { throughThinking: true } : {};
    const asked = { targetMasks, methods, ...ranges, ...passed };
    const request = { kind: 'salience', input: text, ...asked, fields: methods } as const;
    const onPrediction =
      onScores &&
      ((i: number, prediction: Prediction) => {
        onScores(i, scoresOf(prediction));
      });
    return (await predict({ ...request, ...options, onPrediction })).map(scoresOf);
  };
}

/** LIT's own wrappers run the whole model for each mask, so they get no `many`. They mark no special tokens. */
export function saliences(
  score: Score,
  many: boolean,
  prefetch: boolean,
): Pick<Host, 'salience' | 'salienceOfMany' | 'salienceAhead'> {
  return {
    async salience({ targetMask, ...text }, signal, report) {
      const [scores = {}] = await score({ ...text, targetMasks: [targetMask] }, { signal, report });
      return scores;
    },
    ...(many ? { salienceOfMany: (input, signal) => score(input, { signal }) } : {}),
    ...(prefetch
      ? {
          salienceAhead: async (input, signal, onScores) => {
            await score(input, { signal, prefetch: true }, onScores);
          },
        }
      : {}),
  };
}

export function scoresIn(prediction: Prediction, methods: readonly string[]): Scores {
  const scores: Record<string, number[]> = {};
  for (const method of methods) {
    const values = prediction[method];
    if (Array.isArray(values)) scores[method] = (values as unknown[]).map(Number);
  }
  if (Object.keys(scores).length === 0) throw new Error('The model sent no scores.');
  return scores;
}
