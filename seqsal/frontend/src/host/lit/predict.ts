import type { Tell } from '../../core/state/host.js';
import type { LitInput } from './types.js';

export type Prediction = Readonly<Record<string, unknown>>;

/** What is asked of a model, by the parts that LIT knows it by. */
export type Kind = 'generation' | 'tokens' | 'salience' | 'logprobs';

export interface Question {
  readonly kind: Kind;
  readonly input: LitInput;
  /** Selections of the input, each of which is predicted for; missing for the input as it is. */
  readonly targetMasks?: readonly (readonly number[])[];
  /** For salience the methods to compute. */
  readonly methods?: readonly string[];
  /** The fields of a prediction that are wanted. */
  readonly fields: readonly string[];
  readonly signal: AbortSignal;
  readonly tell?: Tell | undefined;
  /** Called with each prediction as soon as it is there, where the server sends them one by one. */
  readonly take?: ((index: number, prediction: Prediction) => void) | undefined;
  /** Nobody waits for it yet. */
  readonly ahead?: boolean;
}

/** A way to ask a server; one prediction for each selection, in their order. */
export type Predict = (question: Question) => Promise<readonly Prediction[]>;

interface PredictionRequest {
  readonly model: string;
  readonly dataset: string;
  readonly inputs: readonly LitInput[];
  readonly fields: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Predictions by LIT's own `/get_preds`, which every LIT server has. `models` are the names for each kind; where the one for
 * salience takes `methods`, its inputs name them.
 */
export function predictByLit(dataset: string, models: Readonly<Record<Kind, string>>, takesMethods: boolean): Predict {
  return ({ kind, input, targetMasks, methods, fields, signal }) => {
    const more = takesMethods && methods ? { methods } : {};
    const inputs = targetMasks?.map((mask) => modified(input, { target_mask: mask, ...more })) ?? [input];
    return predictAll({ model: models[kind], dataset, inputs, fields, signal });
  };
}

/**
 * One model's predictions for some inputs, one for each and in their order.
 *
 * LIT's `apiService.getPreds` cannot be aborted, and puts up an error of its own beside ours, titled "Unknown error"
 * unless the server words it in one way. So the request is made here, in the same shape.
 */
async function predictAll(request: PredictionRequest): Promise<Prediction[]> {
  const { model, dataset, inputs, fields, signal } = request;
  const query = new URLSearchParams({
    model,
    dataset_name: dataset,
    requested_types: '',
    requested_fields: fields.join(','),
  });
  // Relative, so that it works wherever a proxy has put the page.
  const response = await send(`./get_preds?${query.toString()}`, {
    method: 'POST',
    // An unchanged input of the dataset goes by its id: the server has it, and its cache goes by ids.
    body: JSON.stringify({ inputs: inputs.map((input) => (input.meta.added ? input : input.id)) }),
    signal,
  });
  const body = await response.text();
  if (!response.ok) throw new Error(reasonIn(body, response));
  const predictions = parse(body);
  if (predictions.length !== inputs.length) {
    const [got, asked] = [predictions, inputs].map(({ length }) => String(length));
    throw new Error(`The server sent ${got ?? ''} predictions of ${model} for ${asked ?? ''} inputs.`);
  }
  return predictions;
}

/** `fetch`, with a reason that says more than "Failed to fetch". */
export async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Error('The server cannot be reached. Is it still running?', { cause: error });
  }
}

/** What a server says before "Details:" is for people; without that, the last line of a traceback is. */
export function reasonIn(body: string, { status, statusText }: { status: number; statusText: string }): string {
  const [reason = '', details] = body.split(/\n\nDetails:/);
  const isTraceback = details?.trimStart().startsWith('Traceback') ?? false;
  const shown = isTraceback ? lastLine(body) || reason : reason;
  const plain = shown.replace(/^Uncaught error:\s*/, '').trim();
  if (plain !== '' && !plain.startsWith('<')) return plain;
  return `The server answered ${String(status)} ${statusText}`.trim() + '.';
}

/** "ValueError: too long" at the end of a traceback, without the name of the exception. */
function lastLine(traceback: string): string {
  const line = traceback
    .trim()
    .split('\n')
    .findLast((text) => /^[\w.]+(?:Error|Exception): /.test(text));
  return line?.replace(/^[\w.]+: /, '') ?? '';
}

function parse(body: string): Prediction[] {
  const predictions: unknown = parseJson(body);
  if (!Array.isArray(predictions)) throw new Error('The server sent something that is no list of predictions.');
  return predictions as Prediction[];
}

/** LIT's server (lit-nlp 1.3.1) writes NaN and Infinity where a score is none, which is no JSON: they become null. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return JSON.parse(body.replaceAll(/(?<=[[,:]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, 'null'));
  }
}

/** The input with other fields. It has no id: LIT's cache would otherwise answer for the input it was made of. */
export function modified(input: LitInput, fields: Readonly<Record<string, unknown>>): LitInput {
  const meta = { added: true, source: 'salience', parentId: input.id };
  return { id: '', meta, data: { ...input.data, ...fields, _id: '', _meta: meta } };
}
