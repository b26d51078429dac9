import type { Totals } from '../../core/scores/cache.js';
import type { Alternative, ContrastLogprobs, Versus } from '../../core/scores/contrast.js';
import type { Host } from '../../core/state/host.js';
import { modified, rangesOf } from './predict.js';
import type { Predict, Prediction, PredictionRequest } from './predict.js';
import { scoresIn } from './scores.js';
import type { LitInput, LitSpec } from './types.js';

/** The fields of a salience model's output spec that say what our own server can do besides scoring; also one of predictions. */
const REMOVALS = 'removals';
const CONTRASTS = 'contrasts';
const TOTALS = 'totals';
/** Fields of predictions. */
const EFFECT = 'effect';
const ALTERNATIVES = 'alternatives';
const CONTRAST_LOGPROBS = 'contrast_logprobs';
const CONTRAST_SHARED = 'contrast_shared';

/** What checks and contrasts need. Only our own server has them, and only as jobs. */
export function checksOf(
  predict: Predict,
  input: LitInput,
  output: LitSpec,
): Pick<Host, 'contrast' | 'removalEffects' | 'alternatives' | 'totals'> {
  return {
    ...(TOTALS in output ? { totals: totals(predict, input) } : {}),
    ...(REMOVALS in output ? { removalEffects: removalEffects(predict, input) } : {}),
    ...(CONTRASTS in output ? { contrast: contrast(predict, input), alternatives: alternatives(predict, input) } : {}),
  };
}

function removalEffects(predict: Predict, input: LitInput): NonNullable<Host['removalEffects']> {
  return async ({ prompt, target, targetMask, removals, versus }, signal, onEffect, report) => {
    await predict({
      kind: 'removal',
      input: modified(input, { prompt, target }),
      targetMasks: [targetMask],
      removals: removals.map(rangesOf),
      ...(versus && { versus: versusOf(versus) }),
      fields: [EFFECT],
      signal,
      report,
      onPrediction: (i, prediction) => {
        onEffect(i, numberIn(prediction[EFFECT], 'effect'));
      },
    });
  };
}

function contrast(predict: Predict, input: LitInput): NonNullable<Host['contrast']> {
  return async ({ prompt, target, targetMask, methods, segments, versus, through }, signal, report) => {
    const [prediction = {}] = await predict({
      kind: 'salience',
      input: modified(input, { prompt, target }),
      targetMasks: [targetMask],
      methods,
      segments: segments && rangesOf(segments),
      versus: versusOf(versus),
      throughThinking: through,
      fields: [...methods, CONTRAST_LOGPROBS, CONTRAST_SHARED],
      signal,
      report,
    });
    const shared = numberIn(prediction[CONTRAST_SHARED], 'number of tokens that both texts begin with');
    return { scores: scoresIn(prediction, methods), logprobs: logprobsIn(prediction), shared };
  };
}

function totals(predict: Predict, input: LitInput): NonNullable<Host['totals']> {
  return async ({ prompt, target, targetMask, methods }, signal) => {
    const text = modified(input, { prompt, target });
    const request = {
      kind: 'totals',
      input: text,
      targetMasks: [targetMask],
      methods,
      fields: [TOTALS],
      signal,
    } as const;
    const [prediction] = await predict(request);
    return numbersIn(prediction?.[TOTALS]);
  };
}

function alternatives(predict: Predict, input: LitInput): NonNullable<Host['alternatives']> {
  return async ({ prompt, target, position }, signal) => {
    const text = modified(input, { prompt, target });
    const request = {
      kind: 'alternatives',
      input: text,
      positions: [position],
      fields: [ALTERNATIVES],
      signal,
    } as const;
    const [prediction] = await predict(request);
    const found = prediction?.[ALTERNATIVES];
    if (!Array.isArray(found)) throw new Error('The server sent no alternatives.');
    return (found as unknown[]).map(toAlternative);
  };
}

function versusOf({ token, text }: Versus): NonNullable<PredictionRequest['versus']> {
  return token === null ? { text } : { token };
}

function logprobsIn(prediction: Prediction): ContrastLogprobs {
  const values = prediction[CONTRAST_LOGPROBS];
  const [selection, other] = Array.isArray(values) ? (values as unknown[]) : [];
  return [numberIn(selection, 'log-probability'), numberIn(other, 'log-probability')];
}

function toAlternative(value: unknown): Alternative {
  const { id, text, logprob } = value as Readonly<Record<string, unknown>>;
  return { id: numberIn(id, 'token id'), text: String(text), logprob: numberIn(logprob, 'log-probability') };
}

function numbersIn(value: unknown): Totals {
  if (typeof value !== 'object' || value === null) throw new Error('The server sent no totals.');
  return Object.fromEntries(Object.entries(value).map(([name, total]) => [name, numberIn(total, 'total')]));
}

function numberIn(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`The server sent no ${what}.`);
  return value;
}
