import type { ReportProgress } from '../../core/state/host.js';
import type { Span } from '../../core/text/span.js';
import { UnreachableError } from './restart.js';
import type { LitInput } from './types.js';

export type Prediction = Readonly<Record<string, unknown>>;

/** What is predicted. LIT's own servers have only the first four. */
export type PredictionKind = 'generation' | 'tokens' | 'salience' | 'logprobs' | 'removal' | 'totals' | 'alternatives';

/** A range of tokens [start, end), as servers expect it. */
export type Range = readonly [number, number];

export function rangesOf(spans: readonly Span[]): Range[] {
  return spans.map(({ start, end }) => [start, end]);
}

/** One request for predictions, to one of the models that LIT knows a language model by. */
export interface PredictionRequest {
  readonly kind: PredictionKind;
  readonly input: LitInput;
  /** Selections of the input, with one prediction for each. Missing for the input itself. */
  readonly targetMasks?: readonly (readonly number[])[];
  /** For salience and totals, the methods. */
  readonly methods?: readonly string[];
  /** For salience, the segments that methods score which score segments. */
  readonly segments?: readonly Range[] | undefined;
  /** For salience and removals, what the selection is explained against. */
  readonly versus?: { readonly token: number } | { readonly text: string } | undefined;
  /** For salience, whether what falls on the thinking is passed on. */
  readonly throughThinking?: boolean | undefined;
  /** For removals, the ranges of tokens that each of them removes. */
  readonly removals?: readonly (readonly Range[])[];
  /** For generation, texts that end the answer before them. */
  readonly stop?: readonly string[] | undefined;
  /** For alternatives, the positions of the tokens. */
  readonly positions?: readonly number[];
  /** The requested fields of a prediction. */
  readonly fields: readonly string[];
  readonly signal: AbortSignal;
  readonly report?: ReportProgress | undefined;
  /** Called with each prediction as soon as it arrives, if the server sends them one by one. */
  readonly onPrediction?: ((index: number, prediction: Prediction) => void) | undefined;
  /** Whether this is a prefetch, which no caller waits for. */
  readonly prefetch?: boolean;
}

/** Requests predictions from a server: one for each selection, in order. */
export type Predict = (request: PredictionRequest) => Promise<readonly Prediction[]>;

interface LitRequest {
  readonly model: string;
  readonly dataset: string;
  readonly inputs: readonly LitInput[];
  readonly fields: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Predictions by LIT's own `/get_preds`, which every LIT server has. `models` names the model for each kind of request. If the
 * salience model takes `methods`, its inputs name them.
 */
export function predictByLit(
  dataset: string,
  models: Readonly<Partial<Record<PredictionKind, string>>>,
  takesMethods: boolean,
): Predict {
  return ({ kind, input, targetMasks, methods, segments, fields, signal }) => {
    const more = takesMethods && methods ? { methods, ...(segments && { segments }) } : {};
    const inputs = targetMasks?.map((mask) => modified(input, { target_mask: mask, ...more })) ?? [input];
    return predictAll({ model: models[kind] ?? '', dataset, inputs, fields, signal });
  };
}

/**
 * One model's predictions, one for each input and in order.
 *
 * LIT's `apiService.getPreds` cannot be aborted, and shows an error of its own in addition to ours, titled "Unknown error"
 * unless the server uses one particular wording. So this function makes the same request itself.
 */
async function predictAll(request: LitRequest): Promise<Prediction[]> {
  const { model, dataset, inputs, fields, signal } = request;
  const query = new URLSearchParams({
    model,
    dataset_name: dataset,
    requested_types: '',
    requested_fields: fields.join(','),
  });
  // Relative, so that it works behind any proxy path.
  const response = await send(`./get_preds?${query.toString()}`, {
    method: 'POST',
    // An unchanged input of the dataset is sent as its id: the server has it, and its cache uses ids as keys.
    body: JSON.stringify({ inputs: inputs.map((input) => (input.meta.added ? input : input.id)) }),
    signal,
  });
  const body = await response.text();
  if (!response.ok) throw new Error(reasonIn(body, response));
  const predictions = parse(body);
  if (predictions.length !== inputs.length) {
    const [got, expected] = [predictions, inputs].map(({ length }) => String(length));
    throw new Error(`The server sent ${got ?? ''} predictions of ${model} for ${expected ?? ''} inputs.`);
  }
  return predictions;
}

/** `fetch` with a more helpful error than "Failed to fetch". */
export async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new UnreachableError(error);
  }
}

/** The reason in an error response: the text before "Details:", or else the last line of a traceback. */
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
  if (!Array.isArray(predictions)) throw new Error('The server did not send a list of predictions.');
  return predictions as Prediction[];
}

/** LIT's server (lit-nlp 1.3.1) writes NaN and Infinity, which are not JSON: they become null. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return JSON.parse(body.replaceAll(/(?<=[[,:]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, 'null'));
  }
}

/** The input with other fields. It has no id: LIT's cache would otherwise answer for the original input. */
export function modified(input: LitInput, fields: Readonly<Record<string, unknown>>): LitInput {
  const meta = { added: true, source: 'salience', parentId: input.id };
  return { id: '', meta, data: { ...input.data, ...fields, _id: '', _meta: meta } };
}
