import { createParser } from 'eventsource-parser';
import type { EventSourceMessage } from 'eventsource-parser';
import type { Tell } from '../../core/state/host.js';
import { reporter } from '../progress.js';
import { reasonIn, send } from './predict.js';
import type { Predict, Prediction } from './predict.js';

/** Tells this page from others, with which it takes turns. Not randomUUID, which only https and this machine have. */
const CLIENT = Math.random().toString(36).slice(2);
let views = 0;

/** A name for a place on the page: a newer job of a place ends the older. */
export function newView(): string {
  views += 1;
  return String(views);
}

/**
 * Predictions by jobs of our own server, which tell how they come along (docs/serving.md).
 *
 * A connection that breaks is tried once more: the server keeps what it has computed. Closing it ends the job.
 */
export function predictByJobs(address: string, model: string, view: string): Predict {
  return async ({ kind, input, targetMasks, methods, fields, signal, tell, take, ahead = false }) => {
    const selections = { ...(targetMasks && { target_masks: targetMasks }), ...(methods && { methods }) };
    const job = { kind, model, record: input.data, ...selections, fields, client: CLIENT, view, ahead };
    const body = JSON.stringify(job);
    const predictions: Prediction[] = [];
    const collect = (index: number, prediction: Prediction): void => {
      predictions[index] = prediction;
      take?.(index, prediction);
    };
    const course = (): Promise<void> => follow(address, { method: 'POST', body, signal }, reader(collect, tell));
    try {
      await course();
    } catch (error) {
      if (!(error instanceof BrokenError) || signal.aborted) throw error;
      await course();
    }
    return predictions;
  };
}

/** The connection broke off before the end. */
class BrokenError extends Error {
  constructor(cause?: unknown) {
    super('The connection to the server broke off before the end.', { cause });
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Takes one event; true for the last one. */
type Take = (event: string, data: Fields) => boolean;

function reader(collect: (index: number, prediction: Prediction) => void, tell?: Tell): Take {
  const report = reporter(tell);
  return (event, data) => {
    report(event, data);
    switch (event) {
      case 'result':
        collect(Number(data['index']), data['prediction'] as Prediction);
        return false;
      case 'error':
        throw new Error(String(data['reason']));
      case 'cancelled':
        throw new Error('The server stopped this before it was done.');
      default:
        return event === 'done';
    }
  };
}

/** Reads the events of a job up to the last one. */
async function follow(address: string, init: RequestInit, take: Take): Promise<void> {
  // Relative, so that it works wherever a proxy has put the page.
  const response = await send(address, init);
  if (!response.ok || response.body === null) throw new Error(reasonIn(await response.text(), response));
  const stream = response.body.getReader();
  const decoder = new TextDecoder();
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  let ended = false;
  for (;;) {
    const { done, value } = await read(stream);
    parser.feed(decoder.decode(value, { stream: !done }));
    for (const { event = '', data } of events.splice(0)) ended = take(event, JSON.parse(data) as Fields);
    // To the end of the stream, not of the events: the connection is free for the next request then.
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
