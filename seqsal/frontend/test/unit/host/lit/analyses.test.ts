import { afterEach, describe, expect, it, vi } from 'vitest';
import { INITIAL } from '../../../../src/core/analysis/settings.js';
import { SharedAnalyses } from '../../../../src/host/lit/analyses.js';
import { AnalysisRun } from '../../../../src/host/lit/analysis-run.js';
import type { AnalysisRequest } from '../../../../src/host/lit/analysis-run.js';

const INPUTS = [
  { id: 'a', data: { prompt: 'Hi' }, meta: {} },
  { id: '', data: { prompt: 'New', _id: '' }, meta: { added: true } },
];
const REQUEST: AnalysisRequest = {
  address: './seqsal/jobs',
  model: 'toy',
  dataset: 'menus',
  inputs: INPUTS,
  settings: INITIAL,
  method: 'grad_l2',
};
const ROW = { label: 'Dish', region: 'prompt', records: 1, share: 0.5 };

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function part(done: number, record: number): string {
  const members = [{ method: 'grad_l2', label: 'Dish', region: 'prompt', records: [[record, 0.5, 1]] }];
  const prediction = { done, of: 2, segments: 4, unlabelled: 1, ambiguous: 0, members, errors: [], labels: [ROW] };
  return event('result', { index: done - 1, prediction });
}

const DONE = event('done', { seconds: {} });

/** Streams of events, one for each request. A stream that is open does not end. */
function serve(
  ...streams: { events: string[]; open?: boolean; breaks?: boolean }[]
): ReturnType<typeof vi.fn<typeof fetch>> {
  const fake = vi.fn<typeof fetch>((_, init) => {
    const { events, open = false, breaks = false } = streams.shift() ?? { events: [] };
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const each of events) controller.enqueue(new TextEncoder().encode(each));
        init?.signal?.addEventListener('abort', () => {
          controller.error(new DOMException('', 'AbortError'));
        });
        if (!open && !breaks) controller.close();
      },
      pull(controller) {
        if (breaks) controller.error(new TypeError('network error'));
      },
    });
    return Promise.resolve(new Response(body));
  });
  vi.stubGlobal('fetch', fake);
  return fake;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('an analysis', () => {
  it('is one job for all examples, and its results grow', async () => {
    const fake = serve({ events: [event('queued', { place: 2 }), part(1, 0), part(2, 1), DONE] });
    const seen: string[] = [];
    const run = new AnalysisRun(() => {
      const { phase, place, results } = run.started ?? {};
      seen.push(`${String(phase)} ${String(place)} ${String(results?.done)}`);
    });
    await run.start(REQUEST);
    expect(JSON.parse(fake.mock.calls[0]?.[1]?.body as string)).toMatchObject({
      kind: 'analysis',
      model: 'toy',
      dataset: 'menus',
      inputs: ['a', INPUTS[1]],
      select: 'answer',
      labels: { kind: 'lines' },
      methods: ['grad_l2'],
    });
    expect(seen).toEqual(['running 0 0', 'running 2 0', 'running 0 1', 'running 0 2', 'done 0 2']);
    expect(run.ids).toEqual(['a', '']);
  });

  it('starts again when its server is lost, and counts no example twice', async () => {
    const fake = serve({ events: [part(1, 0)], breaks: true }, { events: [part(1, 0), part(2, 1), DONE] });
    const run = new AnalysisRun(() => undefined);
    await run.start(REQUEST);
    expect(fake).toHaveBeenCalledTimes(2);
    expect(run.started?.phase).toBe('done');
    expect([...(run.started?.results.members.values() ?? [])].map((each) => each.length)).toEqual([2]);
  });

  it('says that its server is lost until there is one again, and keeps its results', async () => {
    const fake = serve({ events: [part(1, 0)], breaks: true });
    const seen: string[] = [];
    const run = new AnalysisRun(() => {
      const { phase, lost, results } = run.started ?? {};
      seen.push(`${String(phase)} ${lost === true ? 'lost' : 'here'} ${String(results?.done)}`);
      if (lost !== true) return;
      serve({ events: [part(1, 0), part(2, 1), DONE] });
    });
    await run.start(REQUEST);
    expect(fake).toHaveBeenCalledTimes(1);
    expect(seen).toEqual([
      'running here 0',
      'running here 1',
      'running lost 1',
      'running here 1',
      'running here 2',
      'done here 2',
    ]);
  });

  it('that the server refuses keeps what it had, and names the setting', async () => {
    serve({ events: [part(1, 0), event('error', { reason: 'Too slow.', setting: 'labels' })] });
    const run = new AnalysisRun(() => undefined);
    await run.start(REQUEST);
    expect(run.started).toMatchObject({ phase: 'failed', problem: { setting: 'labels', reason: 'Too slow.' } });
    expect(run.started?.results.rows).toEqual([ROW]);
  });

  it('is stopped by the user, and by another one', async () => {
    serve({ events: [part(1, 0)], open: true }, { events: [part(1, 0)], open: true }, { events: [part(2, 1), DONE] });
    const run = new AnalysisRun(() => undefined);
    const first = run.start(REQUEST);
    await vi.waitUntil(() => run.started?.results.done === 1);
    run.stop();
    await first;
    expect(run.started).toMatchObject({ phase: 'stopped', results: { done: 1 } });
    const second = run.start(REQUEST);
    await run.start(REQUEST);
    await second;
    expect(run.started).toMatchObject({ phase: 'done', results: { done: 2 } });
  });
});

describe('the analyses of a page', () => {
  it('are there again after a reload, with the settings', async () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (name: string): string | null => kept.get(name) ?? null,
      setItem: (name: string, value: string): unknown => kept.set(name, value),
    };
    serve({ events: [part(1, 0), part(2, 1), DONE] });
    const before = new SharedAnalyses(storage);
    before.settings = { ...INITIAL, labels: 'roles' };
    const run = before.runOf('toy', 'menus');
    await run.start({ ...REQUEST, settings: before.settings });
    const after = new SharedAnalyses(storage);
    expect(after.settings.labels).toBe('roles');
    const restored = after.runOf('toy', 'menus');
    await vi.waitUntil(() => restored.started !== null);
    expect(restored.started).toEqual(run.started);
    expect(restored.ids).toEqual(run.ids);
    expect(after.runOf('toy', 'other').started).toBeNull();
  });

  it('need no storage', () => {
    for (const storage of [
      null,
      {
        getItem: () => '{',
        setItem: () => {
          throw new Error('full');
        },
      },
    ]) {
      const analyses = new SharedAnalyses(storage);
      analyses.settings = { ...INITIAL, removals: true };
      expect(analyses.settings.removals).toBe(true);
      expect(analyses.runOf('toy', 'menus').started).toBeNull();
    }
  });
});
