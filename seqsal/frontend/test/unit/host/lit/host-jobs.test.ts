import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLitHost } from '../../../../src/host/lit/host.js';
import type { LitContext } from '../../../../src/host/lit/host.js';
import type { LitInput, LitSpec } from '../../../../src/host/lit/types.js';

const INPUT: LitInput = { id: 'a1', data: { prompt: 'Hi', target: ' there', _id: 'a1' }, meta: {} };

function outputs(fields: Record<string, string>): { spec: { input: LitSpec; output: LitSpec } } {
  const output = Object.fromEntries(Object.entries(fields).map(([key, name]) => [key, { name }]));
  return { spec: { input: {}, output } };
}

const CONTEXT: LitContext = {
  models: {
    toy: outputs({ response: 'GeneratedText' }),
    _toy_tokenizer: outputs({ tokens: 'Tokens', special_tokens_mask: 'TokenScores' }),
    _toy_salience: outputs({ tokens: 'Tokens', grad_l2: 'TokenScores' }),
  },
  model: 'toy',
  dataset: 'my prompts',
  input: INPUT,
};

const { signal } = new AbortController();

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a server of ours', () => {
  const jobs = { address: './seqsal/jobs', view: '7' };

  function stream(...events: string[]): ReturnType<typeof vi.fn<typeof fetch>> {
    const body = `${events.join('\n\n')}\n\nevent: done\ndata: {}\n\n`;
    const fake = vi.fn<typeof fetch>(() => Promise.resolve(new Response(body)));
    vi.stubGlobal('fetch', fake);
    return fake;
  }

  it('gets only jobs, with the record', async () => {
    const host = createLitHost(CONTEXT, jobs);
    const fake = stream(
      'event: progress\ndata: {"stage": "writing", "text": " a"}',
      'event: result\ndata: {"index": 0, "prediction": {"response": " a b"}}',
    );
    const reported: unknown[] = [];
    await expect(host.generate('Hi', signal, (progress) => reported.push(progress))).resolves.toEqual([
      { text: ' a b', score: null },
    ]);
    expect(reported).toEqual([{ stage: 'writing', text: ' a' }]);
    const [address, init] = fake.mock.calls[0] ?? [];
    expect(address).toBe('./seqsal/jobs');
    expect(JSON.parse(init?.body as string)).toMatchObject({
      kind: 'generation',
      model: 'toy',
      record: INPUT.data,
      view: '7',
    });
  });

  it('prefetches in one job, selection by selection; other servers do not', async () => {
    expect('salienceAhead' in createLitHost(CONTEXT)).toBe(false);
    const host = createLitHost(CONTEXT, jobs);
    const fake = stream(
      'event: result\ndata: {"index": 0, "prediction": {"grad_l2": [1, 2]}}',
      'event: result\ndata: {"index": 1, "prediction": {"grad_l2": [3, 4]}}',
    );
    const targetMasks = [
      [0, 1],
      [1, 1],
    ];
    const taken: unknown[] = [];
    const input = { prompt: 'Hi', target: ' you', targetMasks, methods: ['grad_l2'] };
    await host.salienceAhead?.(input, signal, (i, scores) => taken.push([i, scores]));
    expect(taken).toEqual([
      [0, { grad_l2: [1, 2] }],
      [1, { grad_l2: [3, 4] }],
    ]);
    expect(JSON.parse(fake.mock.calls[0]?.[1]?.body as string)).toMatchObject({
      kind: 'salience',
      record: { prompt: 'Hi', target: ' you' },
      target_masks: targetMasks,
      methods: ['grad_l2'],
      fields: ['grad_l2'],
      ahead: true,
    });
  });
});
