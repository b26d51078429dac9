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

  it('says whether a prompt fits, by a job that no other one cancels', async () => {
    const host = createLitHost(CONTEXT, jobs);
    const fake = stream('event: error\ndata: {"reason": "The prompt has 9 tokens, and 7 fit."}');
    await expect(host.checkPrompt?.('Long', signal)).rejects.toThrow('The prompt has 9 tokens, and 7 fit.');
    const job = JSON.parse(fake.mock.calls[0]?.[1]?.body as string) as Record<string, unknown>;
    expect(job).toMatchObject({ kind: 'tokens', record: { prompt: 'Long', target: '' } });
    expect(job['view']).toBe('');
    expect('checkPrompt' in createLitHost(CONTEXT)).toBe(false);
  });

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

  describe('with removals and contrasts', () => {
    const salience = outputs({
      tokens: 'Tokens',
      grad_l2: 'TokenScores',
      removals: 'CategoryLabel',
      contrasts: 'CategoryLabel',
      totals: 'CategoryLabel',
    });
    const context = { ...CONTEXT, models: { ...CONTEXT.models, _toy_salience: salience } };
    const text = { prompt: 'Hi', target: ' you', targetMask: [0, 1] };
    const segments = [
      { start: 0, end: 1 },
      { start: 1, end: 3 },
    ];

    it('removes segments, with one effect at a time', async () => {
      const fake = stream(
        'event: result\ndata: {"index": 0, "prediction": {"effect": 1.5}}',
        'event: result\ndata: {"index": 1, "prediction": {"effect": -2}}',
      );
      const effects: unknown[] = [];
      const removals = segments.map((segment) => [segment]);
      await createLitHost(context, jobs).removalEffects?.(
        { ...text, removals, segments, versus: { text: 'b', token: 7 }, through: true },
        signal,
        (i, effect) => effects.push([i, effect]),
      );
      expect(effects).toEqual([
        [0, 1.5],
        [1, -2],
      ]);
      const body = JSON.parse(fake.mock.calls[0]?.[1]?.body as string) as Record<string, unknown>;
      expect(body).toMatchObject({
        kind: 'removal',
        target_masks: [[0, 1]],
        removals: [[[0, 1]], [[1, 3]]],
        versus: { token: 7 },
        view: '7',
      });
      expect(body).not.toHaveProperty('segments');
      expect(body).not.toHaveProperty('methods');
    });

    it('scores a contrast, with both log-probabilities and what both texts begin with', async () => {
      const prediction = { grad_l2: [1, 2], contrast_logprobs: [-1, -2], contrast_shared: 1 };
      const fake = stream(`event: result\ndata: {"index": 0, "prediction": ${JSON.stringify(prediction)}}`);
      const input = { ...text, methods: ['grad_l2'], segments, versus: { text: 'Avoid.', token: null } };
      await expect(createLitHost(context, jobs).contrast?.(input, signal)).resolves.toEqual({
        scores: { grad_l2: [1, 2] },
        logprobs: [-1, -2],
        shared: 1,
      });
      expect(JSON.parse(fake.mock.calls[0]?.[1]?.body as string)).toMatchObject({
        kind: 'salience',
        versus: { text: 'Avoid.' },
        segments: [
          [0, 1],
          [1, 3],
        ],
      });
    });

    it('asks for the totals of a map', async () => {
      const fake = stream('event: result\ndata: {"index": 0, "prediction": {"totals": {"linearized": -2.5}}}');
      const input = { ...text, methods: ['linearized'] };
      await expect(createLitHost(context, jobs).totals?.(input, signal)).resolves.toEqual({ linearized: -2.5 });
      expect(JSON.parse(fake.mock.calls[0]?.[1]?.body as string)).toMatchObject({
        kind: 'totals',
        target_masks: [[0, 1]],
        methods: ['linearized'],
        fields: ['totals'],
      });
    });

    it('lists alternatives', async () => {
      const alternatives = [{ id: 3, text: ' a', logprob: -0.5 }];
      const fake = stream(`event: result\ndata: {"index": 0, "prediction": ${JSON.stringify({ alternatives })}}`);
      const host = createLitHost(context, jobs);
      await expect(host.alternatives?.({ prompt: 'Hi', target: ' you', position: 1 }, signal)).resolves.toEqual(
        alternatives,
      );
      expect(JSON.parse(fake.mock.calls[0]?.[1]?.body as string)).toMatchObject({
        kind: 'alternatives',
        positions: [1],
      });
    });

    it('leaves them out, with a note, without jobs and on other servers', () => {
      for (const host of [createLitHost(context), createLitHost(CONTEXT, jobs)]) {
        for (const name of ['removalEffects', 'contrast', 'alternatives', 'totals'])
          expect(host).not.toHaveProperty(name);
        expect(host.caveats?.checks).toBe(false);
      }
      expect(createLitHost(context, jobs).caveats?.checks).toBe(true);
    });
  });
});
