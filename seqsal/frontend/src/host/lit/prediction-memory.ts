import type { Predict, Prediction, PredictionKind, PredictionRequest } from './predict.js';

/** Requests of these kinds always get the same predictions. */
const LASTING: ReadonlySet<PredictionKind> = new Set(['tokens', 'salience', 'totals', 'logprobs']);

/** How many predictions are remembered: about 40 MB for prompts of 30,000 tokens. */
const MOST = 64;

/**
 * The last predictions of a page. LIT shows an example in another module when it is pinned; its heat is there at once, even while
 * the server writes another answer.
 */
export class PredictionMemory {
  readonly #remembered = new Map<string, Prediction>();
  readonly #numbers = new WeakMap<object, number>();
  #count = 0;

  /** `predict` with memory. The descriptions are new objects after the server loads a model, so nothing from before is reused. */
  around(predict: Predict, model: string, descriptions: object): Predict {
    const place = JSON.stringify([this.#numberOf(descriptions), model]);
    return async (request) => {
      const { kind, targetMasks, signal, onPrediction } = request;
      if (!LASTING.has(kind)) return predict(request);
      const keys = (targetMasks ?? [null]).map((mask) => place + keyOf(request, mask));
      const found = keys.map((key) => this.#remembered.get(key));
      const missing = keys.flatMap((_, i) => (found[i] === undefined ? [i] : []));
      const add = (index: number, prediction: Prediction): void => {
        found[index] = prediction;
        this.#remember(keys[index] ?? '', prediction);
      };
      if (missing.length < keys.length) signal.throwIfAborted();
      found.forEach((prediction, index) => {
        if (prediction === undefined) return;
        add(index, prediction);
        onPrediction?.(index, prediction);
      });
      if (missing.length > 0) {
        const predictions = await predict({
          ...request,
          ...(targetMasks && { targetMasks: missing.map((i) => targetMasks[i] ?? []) }),
          // A request that is cancelled later leaves what has arrived.
          onPrediction: (index, prediction) => {
            add(missing[index] ?? 0, prediction);
            onPrediction?.(missing[index] ?? 0, prediction);
          },
        });
        predictions.forEach((prediction, index) => {
          add(missing[index] ?? 0, prediction);
        });
      }
      return found.filter((prediction) => prediction !== undefined);
    };
  }

  #numberOf(descriptions: object): number {
    const number = this.#numbers.get(descriptions) ?? (this.#count += 1);
    this.#numbers.set(descriptions, number);
    return number;
  }

  /** What was used last is kept longest. */
  #remember(key: string, prediction: Prediction): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, prediction);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MOST && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

/** All that the prediction for a selection depends on. */
function keyOf(request: PredictionRequest, mask: readonly number[] | null): string {
  const { input, kind, fields, methods, segments, versus, throughThinking } = request;
  return JSON.stringify([kind, input.data, fields, mask, methods, segments, versus, throughThinking]);
}
