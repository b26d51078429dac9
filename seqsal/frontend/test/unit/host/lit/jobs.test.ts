import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../../../src/core/state/host.js';
import { newView, predictByJobs } from '../../../../src/host/lit/jobs.js';
import type { Prediction, PredictionRequest } from '../../../../src/host/lit/predict.js';

const INPUT = { id: '', data: { prompt: 'Hi', _id: '' }, meta: { added: true } };
const DONE = 'event: done\ndata: {"seconds": {}}\n\n';
const RESULT = 'event: result\ndata: {"index": 0, "prediction": {"response": " you"}}\n\n';

/** An answer whose bytes come in the given pieces; what comes after the last breaks off where `breaks` says so. */
function streamed(pieces: readonly (string | Uint8Array)[], breaks = false): Response {
  const left = pieces.map((piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = left.shift();
      if (next) controller.enqueue(next);
      else if (breaks) controller.error(new TypeError('network error'));
      else controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

function serve(...answers: (() => Response | Promise<Response>)[]): ReturnType<typeof vi.fn<typeof fetch>> {
  const fake = vi.fn<typeof fetch>(() => Promise.resolve(answers.shift()?.() ?? Response.error()));
  vi.stubGlobal('fetch', fake);
  return fake;
}

function predict(more: Partial<PredictionRequest> = {}): Promise<readonly Prediction[]> {
  const { signal } = new AbortController();
  const send = predictByJobs('./seqsal/jobs', 'toy', 'view');
  return send({ kind: 'generation', input: INPUT, fields: ['response'], signal, ...more });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a job', () => {
  it('is requested relative to the page, with the record and the selections', async () => {
    const fake = serve(() => streamed([RESULT, DONE]));
    await predict({ kind: 'salience', targetMasks: [[0, 1]], prefetch: true });
    const [address, init] = fake.mock.calls[0] ?? [];
    expect(address).toBe('./seqsal/jobs');
    expect(JSON.parse(init?.body as string)).toMatchObject({
      kind: 'salience',
      model: 'toy',
      record: INPUT.data,
      target_masks: [[0, 1]],
      fields: ['response'],
      view: 'view',
      ahead: true,
    });
  });

  it('reports its position in the queue, its progress, and its text so far', async () => {
    const events = [
      'event: queued\ndata: {"place": 2}\n\n: ping\n\nevent: queued\ndata: {"place": 0}\n\n',
      'event: progress\ndata: {"stage": "forward"}\n\nevent: progress\ndata: {"stage": "writing", "text": " y"}\n\n',
      'event: progress\ndata: {"stage": "writing", "text": "ou", "opened": "<think>"}\n\n',
    ];
    serve(() => streamed([...events, RESULT, DONE]));
    const reported: Progress[] = [];
    await expect(predict({ report: (progress) => reported.push(progress) })).resolves.toEqual([{ response: ' you' }]);
    expect(reported).toEqual([
      { stage: 'queued', position: 2 },
      { stage: 'queued', position: 0 },
      { stage: 'forward' },
      { stage: 'writing', text: ' y' },
      { stage: 'writing', text: ' you', opened: '<think>' },
    ]);
  });

  it('reads events split at any byte, also within a character', async () => {
    const bytes = new TextEncoder().encode('event: result\ndata: {"index": 0, "prediction": {"response": "👍é"}}\n\n');
    for (let cut = 1; cut < bytes.length; cut++) {
      serve(() => streamed([bytes.slice(0, cut), bytes.slice(cut), DONE]));
      await expect(predict()).resolves.toEqual([{ response: '👍é' }]);
    }
  });

  it('passes on each result as it arrives', async () => {
    const [first, second] = [0, 1].map((i) => `event: result\ndata: {"index": ${String(i)}, "prediction": {}}\n\n`);
    serve(() => streamed([first ?? '', second ?? '', DONE]));
    const taken: number[] = [];
    await predict({ targetMasks: [[1], [1]], onPrediction: (index) => taken.push(index) });
    expect(taken).toEqual([0, 1]);
  });

  it('fails with the reason of an error, before or within its stream', async () => {
    serve(() => new Response('No such job.\n\nDetails: reference 1f3a', { status: 400 }));
    await expect(predict()).rejects.toThrow(/^No such job\.$/);
    serve(() => streamed(['event: error\ndata: {"reason": "Too long.", "reference": "1f3a"}\n\n']));
    await expect(predict()).rejects.toThrow(/^Too long\.$/);
    serve(() => streamed(['event: cancelled\ndata: {}\n\n']));
    await expect(predict()).rejects.toThrow('The server cancelled this request.');
  });

  it('whose connection breaks is started again', async () => {
    const texts: string[] = [];
    const writing = 'event: progress\ndata: {"stage": "writing", "text": " y"}\n\n';
    const fake = serve(
      () => streamed([writing], true),
      () => streamed([writing, RESULT, DONE]),
    );
    const report = (progress: Progress): unknown => progress.stage === 'writing' && texts.push(progress.text);
    await expect(predict({ report })).resolves.toEqual([{ response: ' you' }]);
    expect(fake).toHaveBeenCalledTimes(2);
    expect(texts, 'The text starts again.').toEqual([' y', ' y']);
  });

  it('whose server is lost is started again: no reply, a gateway without one, no last event, or a shutdown', async () => {
    const lost: [string, () => Response | Promise<Response>][] = [
      ['no reply', () => Promise.reject(new TypeError('Failed to fetch'))],
      ['502', () => new Response('<html>Bad Gateway</html>', { status: 502 })],
      ['504', () => new Response('', { status: 504 })],
      ['no last event', () => streamed([RESULT])],
      ['shutdown', () => streamed(['event: cancelled\ndata: {"shutdown": true}\n\n'])],
    ];
    for (const [name, reply] of lost) {
      const fake = serve(reply, () => streamed([RESULT, DONE]));
      await expect(predict(), name).resolves.toEqual([{ response: ' you' }]);
      expect(fake, name).toHaveBeenCalledTimes(2);
    }
  });

  it('that gets an error as reply is not started again', async () => {
    for (const reply of [
      () => new Response('Too long.', { status: 400 }),
      () => new Response('Shutting down.', { status: 503 }),
      () => streamed(['event: error\ndata: {"reason": "Too long."}\n\n']),
      () => streamed(['event: cancelled\ndata: {}\n\n']),
    ]) {
      const fake = serve(reply, () => streamed([RESULT, DONE]));
      await expect(predict()).rejects.toThrow(/Too long|Shutting down|cancelled/);
      expect(fake).toHaveBeenCalledTimes(1);
    }
  });

  it('is not retried after it is cancelled', async () => {
    const controller = new AbortController();
    const fake = serve(() => streamed([RESULT], true));
    controller.abort();
    await expect(predict({ signal: controller.signal })).rejects.toThrow();
    expect(fake).toHaveBeenCalledTimes(1);
  });
});

it('each view on the page has a name of its own', () => {
  expect(newView()).not.toBe(newView());
});
