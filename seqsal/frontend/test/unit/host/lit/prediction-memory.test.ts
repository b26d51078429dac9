import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PredictionMemory } from '../../../../src/host/lit/prediction-memory.js';
import type { Predict, PredictionRequest } from '../../../../src/host/lit/predict.js';

const MODELS = {};
const REQUEST: PredictionRequest = {
  kind: 'salience',
  input: { id: 'a', data: { prompt: 'Hi' }, meta: {} },
  targetMasks: [[0, 1]],
  methods: ['grad_l2'],
  fields: [],
  signal: new AbortController().signal,
};

let memory: PredictionMemory;
const server = vi.fn<Predict>();

beforeEach(() => {
  memory = new PredictionMemory();
  server.mockReset();
  server.mockImplementation(() => Promise.resolve([{ number: server.mock.calls.length }]));
});

function ask(change: Partial<PredictionRequest> = {}, models: object = MODELS, model = 'small'): ReturnType<Predict> {
  return memory.around(server, model, models)({ ...REQUEST, ...change });
}

describe('the memory of predictions', () => {
  it('answers the same request of another view, whatever its id is and whoever waits', async () => {
    await ask({ prefetch: true });
    const onPrediction = vi.fn();
    const input = { ...REQUEST.input, id: 'b' };
    await expect(ask({ input, onPrediction })).resolves.toEqual([{ number: 1 }]);
    expect(onPrediction).toHaveBeenCalledWith(0, { number: 1 });
    expect(server).toHaveBeenCalledOnce();
  });

  it('asks only for the selections that it does not remember', async () => {
    server.mockImplementation(({ targetMasks = [] }) => Promise.resolve(targetMasks.map((mask) => ({ mask }))));
    await ask();
    const onPrediction = vi.fn();
    const targetMasks = [
      [1, 0],
      [0, 1],
      [1, 1],
    ];
    const expected = targetMasks.map((mask) => ({ mask }));
    await expect(ask({ targetMasks, onPrediction })).resolves.toEqual(expected);
    expect(server.mock.calls[1]?.[0].targetMasks).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(onPrediction).toHaveBeenCalledWith(1, expected[1]);
    await ask({ targetMasks: [[1, 1]] });
    expect(server).toHaveBeenCalledTimes(2);
  });

  it('remembers what arrived before a request was cancelled, and names its place', async () => {
    const onPrediction = vi.fn();
    server.mockImplementationOnce((request) => {
      request.onPrediction?.(1, { number: 7 });
      return Promise.reject(new DOMException('', 'AbortError'));
    });
    const targetMasks = [
      [1, 0],
      [1, 1],
    ];
    await expect(ask({ targetMasks, onPrediction })).rejects.toThrow();
    expect(onPrediction).toHaveBeenCalledWith(1, { number: 7 });
    await expect(ask({ targetMasks: [[1, 1]] })).resolves.toEqual([{ number: 7 }]);
  });

  it.each<Partial<PredictionRequest>>([
    { kind: 'tokens' },
    { input: { ...REQUEST.input, data: { prompt: 'Ho' } } },
    { targetMasks: [[1, 0]] },
    { methods: ['linearized'] },
    { segments: [[0, 1]] },
    { versus: { token: 3 } },
    { throughThinking: true },
    { fields: ['tokens'] },
  ])('asks for what differs by %j', async (change) => {
    await ask();
    await expect(ask(change)).resolves.toEqual([{ number: 2 }]);
  });

  it('does not share predictions between models, or reuse any after a model was loaded', async () => {
    await ask();
    await expect(ask({}, MODELS, 'tiny')).resolves.toEqual([{ number: 2 }]);
    await expect(ask({}, {})).resolves.toEqual([{ number: 3 }]);
  });

  it.each(['generation', 'removal', 'alternatives'] as const)('asks each time for %s', async (kind) => {
    await ask({ kind });
    await expect(ask({ kind })).resolves.toEqual([{ number: 2 }]);
  });

  it('does not remember what failed, or answer what was cancelled', async () => {
    server.mockRejectedValueOnce(new Error('No memory.'));
    await expect(ask()).rejects.toThrow('No memory.');
    await expect(ask()).resolves.toEqual([{ number: 2 }]);
    await expect(ask({ signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it('forgets what was used longest ago', async () => {
    await ask();
    for (let i = 0; i < 63; i++) await ask({ methods: [String(i)] });
    await ask();
    await ask({ methods: ['one more'] });
    server.mockClear();
    await ask();
    expect(server).not.toHaveBeenCalled();
    await ask({ methods: ['0'] });
    expect(server).toHaveBeenCalledOnce();
  });
});
