import { createParser } from 'eventsource-parser';
import type { EventSourceMessage } from 'eventsource-parser';
import type { ReportProgress } from '../../core/state/host.js';
import { progressReporter } from '../progress.js';
import { reasonIn, send } from './predict.js';
import type { Predict, Prediction } from './predict.js';
import { BrokenError, UnreachableError, withRestarts } from './restart.js';

/** Identifies this page: the server lets clients take turns. Not randomUUID, which needs https or localhost. */
export const CLIENT = Math.random().toString(36).slice(2);
let views = 0;

/** A name for a view on the page: a newer job of a view cancels the older one of the same kind. Jobs without a view cancel none. */
export function newView(): string {
  views += 1;
  return String(views);
}

/**
 * Predictions by jobs of our own server, which report progress (docs/serving.md).
 *
 * With `ahead`, they run while no other task waits. A job whose server is lost is started again; results are cached. Closing the
 * connection cancels the job.
 */
export function predictByJobs(address: string, model: string, view: string, ahead = false): Predict {
  return async ({
    kind,
    input,
    targetMasks,
    throughThinking,
    signal,
    report,
    onPrediction,
    prefetch = false,
    ...details
  }) => {
    // Details that are undefined are left out of the JSON.
    const job = {
      kind,
      model,
      record: input.data,
      target_masks: targetMasks,
      through_thinking: throughThinking,
      ...details,
      client: CLIENT,
      view,
      ahead: prefetch || ahead,
    };
    const body = JSON.stringify(job);
    const predictions: Prediction[] = [];
    const collect = (index: number, prediction: Prediction): void => {
      predictions[index] = prediction;
      onPrediction?.(index, prediction);
    };
    const run = (): Promise<void> => follow(address, { method: 'POST', body, signal }, eventHandler(collect, report));
    await withRestarts(run, signal);
    return predictions;
  };
}

export type Fields = Readonly<Record<string, unknown>>;

/** Handles one event; returns true for the last one. */
export type HandleEvent = (event: string, data: Fields) => boolean;

/** The server refused a job, or could not finish it. */
export class JobError extends Error {
  /** The setting that is wrong; '' if the server named none. */
  readonly setting: string;

  constructor({ reason, setting }: Fields) {
    super(String(reason));
    this.setting = typeof setting === 'string' ? setting : '';
  }
}

/** Whether an event is the last one of a job that is done. Throws for the last one of any other. */
export function isEnd(event: string, data: Fields): boolean {
  if (event === 'error') throw new JobError(data);
  if (event === 'cancelled') {
    if (data['shutdown'] === true) throw new BrokenError();
    throw new Error('The server cancelled this request.');
  }
  return event === 'done';
}

function eventHandler(collect: (index: number, prediction: Prediction) => void, report?: ReportProgress): HandleEvent {
  const reportEvent = progressReporter(report);
  return (event, data) => {
    reportEvent(event, data);
    if (event === 'result') collect(Number(data['index']), data['prediction'] as Prediction);
    return isEnd(event, data);
  };
}

/** The statuses of a proxy that got no response. Our own server never sends them. */
const GATEWAY_ERRORS: readonly number[] = [502, 504];

/** Reads the events of a job to the last one. */
export async function follow(address: string, init: RequestInit, handle: HandleEvent): Promise<void> {
  // Relative, so that it works behind any proxy path.
  const response = await send(address, init);
  if (GATEWAY_ERRORS.includes(response.status)) throw new UnreachableError();
  if (!response.ok || response.body === null) throw new Error(reasonIn(await response.text(), response));
  const stream = response.body.getReader();
  const decoder = new TextDecoder();
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  let ended = false;
  for (;;) {
    const { done, value } = await read(stream);
    parser.feed(decoder.decode(value, { stream: !done }));
    for (const { event = '', data } of events.splice(0)) ended = handle(event, JSON.parse(data) as Fields);
    // Read to the end of the stream, not of the events: only then is the connection free for the next request.
    if (done && !ended) throw new BrokenError();
    if (done) return;
  }
}

async function read(
  stream: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ done: boolean; value?: Uint8Array | undefined }> {
  try {
    return await stream.read();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new BrokenError(error);
  }
}
