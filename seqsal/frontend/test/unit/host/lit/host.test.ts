import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { createLitHost, exampleOf, generates } from '../../../../src/host/lit/host.js';
import type { LitContext } from '../../../../src/host/lit/host.js';
import { reasonIn } from '../../../../src/host/lit/predict.js';
import type { LitInput, LitModelInfos, LitSpec } from '../../../../src/host/lit/types.js';

const NO_BLOCKS = { messages: [], thinking: [], omitted: [] };

const INPUT: LitInput = { id: 'a1', data: { prompt: 'Hi', target: ' there', _id: 'a1' }, meta: {} };

function spec(fields: Record<string, string>, extra: object = {}): LitSpec {
  return Object.fromEntries(Object.entries(fields).map(([key, name]) => [key, { name, ...extra }]));
}

function models(tokenizer: Record<string, string>): LitModelInfos {
  const model = (output: LitSpec) => ({ spec: { input: {}, output } });
  return {
    toy: model(spec({ response: 'GeneratedTextCandidates' }, { parent: 'target' })),
    _toy_tokenizer: model(spec(tokenizer)),
    _toy_salience: model(
      spec({ tokens: 'Tokens', grad_l2: 'TokenScores', grad_dot_input: 'TokenScores', lime: 'TokenScores' }),
    ),
  };
}

function context(
  input = INPUT,
  tokenizer: Record<string, string> = { tokens: 'Tokens', special_tokens_mask: 'TokenScores' },
): LitContext {
  return { models: models(tokenizer), model: 'toy', dataset: 'my prompts', input };
}

const { signal } = new AbortController();

function serve(body: string, status = 200): ReturnType<typeof vi.fn<typeof fetch>> {
  const fake = vi.fn<typeof fetch>(() => Promise.resolve(new Response(body, { status, statusText: 'Oops' })));
  vi.stubGlobal('fetch', fake);
  return fake;
}

function sent(fake: ReturnType<typeof serve>): { url: URL; inputs: unknown[] } {
  const [url, init] = fake.mock.calls[0] ?? [];
  if (typeof url !== 'string' || typeof init?.body !== 'string') throw new Error('Nothing was sent.');
  return { url: new URL(url, 'http://host/prefix/'), inputs: (JSON.parse(init.body) as { inputs: unknown[] }).inputs };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('an example', () => {
  it('is the prompt, and the dataset field that the response refers to', () => {
    expect(exampleOf(context())).toMatchObject({ prompt: 'Hi', target: ' there' });
  });
  it('has a different key for another model, dataset, input or text', () => {
    const one = context();
    const edited = { ...INPUT, data: { ...INPUT.data, prompt: 'Ho' } };
    const keys = [
      one,
      { ...one, model: 'm' },
      { ...one, dataset: 'd' },
      context({ ...INPUT, id: 'b' }),
      context(edited),
    ];
    expect(new Set(keys.map((each) => exampleOf(each).key)).size).toBe(keys.length);
  });
});

describe('the sign of scores', () => {
  const wrapper = (description: string, said?: string): LitContext => {
    const infos = models({ tokens: 'Tokens' });
    const output = { ...infos['_toy_salience']?.spec.output };
    if (said !== undefined) output['gradient_of'] = { name: 'CategoryLabel', vocab: [said] };
    const salience = { description, spec: { input: {}, output } };
    return { ...context(), models: { ...infos, _toy_salience: salience } };
  };
  const scoresOf = async (host: ReturnType<typeof createLitHost>): Promise<unknown> => {
    serve('[{"grad_l2": [1, 2], "grad_dot_input": [-1, 2]}]');
    const methods = host.methods.map(({ name }) => name);
    return host.salience({ prompt: 'Hi', target: ' you', targetMask: [0, 1], methods }, signal);
  };
  const SENT = { grad_l2: [1, 2], grad_dot_input: [-1, 2] };
  const REVERSED = { grad_l2: [1, 2], grad_dot_input: [1, -2] };

  it.each([
    ['Wrapper for a HF Transformer model that computes input (token) salience.'],
    ['LIT model wrapper for computing salience with Keras on TensorFlow.\n\nMore of it.'],
  ])('is reversed for LIT’s own wrappers: %s', async (description) => {
    const host = createLitHost(wrapper(description));
    expect(host.caveats?.sign).toBe('reversed');
    expect(await scoresOf(host)).toEqual(REVERSED);
  });

  it.each([
    ['a wrapper by a third party', undefined, 'unknown', SENT],
    ['one that says it differentiates the loss', 'loss', 'reversed', REVERSED],
    ['one that says it differentiates the log-probability', 'log_probability', 'known', SENT],
    ['one that says something else', 'logits', 'unknown', SENT],
  ])('is as the server states: %s', async (_name, said, sign, scores) => {
    const host = createLitHost(wrapper('My wrapper.', said));
    expect(host.caveats?.sign).toBe(sign);
    expect(await scoresOf(host)).toEqual(scores);
  });

  it('is what a subclass of LIT’s wrapper states', async () => {
    const host = createLitHost(
      wrapper('Wrapper for a HF Transformer model that computes input (token) salience.', 'log_probability'),
    );
    expect(await scoresOf(host)).toEqual(SENT);
  });
});

describe('a demonstration model', () => {
  const marked = (by: string | null): LitContext => {
    const infos = models({ tokens: 'Tokens' });
    const output = { ...infos['_toy_salience']?.spec.output };
    if (by !== null) output['made_for'] = { name: 'CategoryLabel', vocab: [by] };
    return { ...context(), models: { ...infos, _toy_salience: { spec: { input: {}, output } } } };
  };

  it.each([
    ['says so in its spec', 'demonstration', 'seqsal --models=NAME:PATH'],
    ['is no other', null, undefined],
    ['is none that is made for something else', 'translation', undefined],
  ])('%s', (_name, by, loading) => {
    expect(createLitHost(marked(by)).demonstration).toBe(loading);
  });
});

describe('requests', () => {
  it('are relative to the page, with the id of an input that the server has', async () => {
    const fake = serve('[{"response": [["a", -0.5], ["b", null]]}]');
    await expect(createLitHost(context()).generate('Hi', signal)).resolves.toEqual([
      { text: 'a', score: -0.5 },
      { text: 'b', score: null },
    ]);
    const { url, inputs } = sent(fake);
    expect(url.pathname).toBe('/prefix/get_preds');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      model: 'toy',
      dataset_name: 'my prompts',
      requested_types: '',
      requested_fields: 'response',
    });
    expect(inputs).toEqual(['a1']);
  });

  it('send an edited input whole', async () => {
    const edited = { ...INPUT, meta: { added: true } };
    const fake = serve('[{"response": "a"}]');
    await expect(createLitHost(context(edited)).generate('Hi', signal)).resolves.toEqual([{ text: 'a', score: null }]);
    expect(sent(fake).inputs).toEqual([edited]);
  });

  it('send a sequence without an id, in the record and in its data', async () => {
    const fake = serve('[{"tokens": ["<s>", "Hi"], "special_tokens_mask": [1, 0]}]');
    const tokens = await createLitHost(context()).tokenize({ prompt: 'Hi', target: ' you' }, signal);
    expect(tokens).toEqual({ tokens: ['<s>', 'Hi'], special: [true, false], ids: [], ...NO_BLOCKS });
    expect(sent(fake).inputs).toMatchObject([
      { id: '', data: { _id: '', prompt: 'Hi', target: ' you' }, meta: { added: true } },
    ]);
  });

  it('offer and read every field of scores, and read NaN as 0', async () => {
    serve('[{"grad_l2": [1, NaN], "grad_dot_input": [-1, 2], "lime": [0, -Infinity]}]');
    const host = createLitHost(context());
    const methods = host.methods.map(({ name }) => name);
    expect(methods).toEqual(['grad_l2', 'grad_dot_input', 'lime']);
    const scores = await host.salience({ prompt: 'Hi', target: ' you', targetMask: [0, 1], methods }, signal);
    expect(scores).toEqual({ grad_l2: [1, 0], grad_dot_input: [-1, 2], lime: [0, 0] });
  });

  it('send several selections at once, with one input and one result for each', async () => {
    const fake = serve('[{"grad_l2": [1, 2]}, {"grad_l2": [3, 4]}]');
    const targetMasks = [
      [0, 1],
      [1, 1],
    ];
    const text = { prompt: 'Hi', target: ' you' };
    const scores = await createLitHost(context()).salienceOfMany?.(
      { ...text, targetMasks, methods: ['grad_l2'] },
      signal,
    );
    expect(scores).toEqual([{ grad_l2: [1, 2] }, { grad_l2: [3, 4] }]);
    expect(sent(fake).inputs).toMatchObject(
      targetMasks.map((mask) => ({ id: '', data: { _id: '', ...text, target_mask: mask } })),
    );
  });

  it('fail if the server sends fewer predictions than inputs', async () => {
    serve('[{"grad_l2": [1, 2]}]');
    const input = { prompt: 'Hi', target: ' you', targetMasks: [[0], [1]], methods: ['grad_l2'] };
    await expect(createLitHost(context()).salienceOfMany?.(input, signal)).rejects.toThrow(
      'The server sent 1 predictions of _toy_salience for 2 inputs.',
    );
  });

  it('send one selection at a time to servers that mark no special tokens', async () => {
    const stock = createLitHost(context(INPUT, { tokens: 'Tokens' }));
    expect('salienceOfMany' in stock, 'they run the whole model for each selection').toBe(false);
    const fake = serve('[{"tokens": ["Hi"]}]');
    await expect(stock.tokenize({ prompt: 'Hi', target: '' }, signal)).resolves.toEqual({
      tokens: ['Hi'],
      special: [],
      ids: [],
      ...NO_BLOCKS,
    });
    expect(sent(fake).url.searchParams.get('requested_fields')).toBe('tokens');
  });

  it('read the messages of a prompt, and whether the model has a chat template', async () => {
    const host = createLitHost(context(INPUT, { tokens: 'Tokens', messages: 'LitType' }));
    expect(host.chatTemplate).toBeUndefined();
    const fake = serve('[{"tokens": ["Hi"], "messages": [{"role": "user", "tokens": [0, 1]}]}]');
    const tokens = await host.tokenize({ prompt: 'user:\nHi', target: '' }, signal);
    expect(tokens.messages).toEqual([{ role: 'user', tokens: { start: 0, end: 1 } }]);
    expect(sent(fake).url.searchParams.get('requested_fields')).toBe('tokens,messages');
  });

  it('request token ids if the tokenizer has them, and use them only if there is one for each token', async () => {
    const fields = { tokens: 'Tokens', special_tokens_mask: 'TokenScores', token_ids: 'TokenScores' };
    const host = createLitHost(context(INPUT, fields));
    const fake = serve('[{"tokens": ["<s>", "Hi"], "special_tokens_mask": [1, 0], "token_ids": [2, 300]}]');
    const tokens = await host.tokenize({ prompt: 'Hi', target: '' }, signal);
    expect(tokens).toEqual({ tokens: ['<s>', 'Hi'], special: [true, false], ids: [2, 300], ...NO_BLOCKS });
    expect(sent(fake).url.searchParams.get('requested_fields')).toBe('tokens,special_tokens_mask,token_ids');
    serve('[{"tokens": ["<s>", "Hi"], "special_tokens_mask": [1, 0], "token_ids": [2]}]');
    expect(await host.tokenize({ prompt: 'Hi', target: '' }, signal)).toMatchObject({ ids: [] });
  });

  it('request log-probabilities if there is a model for them', async () => {
    expect('logprobs' in createLitHost(context())).toBe(false);
    const known = context();
    const output = spec({ logprobs: 'TokenScores' });
    const host = createLitHost({
      ...known,
      models: { ...known.models, _toy_logprobs: { spec: { input: {}, output } } },
    });
    const fake = serve('[{"logprobs": [null, null, -0.5]}]');
    await expect(host.logprobs?.({ prompt: 'Hi', target: ' you' }, signal)).resolves.toEqual([null, null, -0.5]);
    const { url, inputs } = sent(fake);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      model: '_toy_logprobs',
      requested_fields: 'logprobs',
    });
    expect(inputs).toMatchObject([{ id: '', data: { prompt: 'Hi', target: ' you' } }]);
    serve('[{}]');
    await expect(host.logprobs?.({ prompt: 'Hi', target: ' you' }, signal)).rejects.toThrow(
      'sent no log-probabilities',
    );
  });

  it('fail with the reason of the server, or because it cannot be reached', async () => {
    serve('Too long: 9 tokens, and 5 fit.\n\nDetails: 1f3a', 400);
    await expect(createLitHost(context()).generate('Hi', signal)).rejects.toThrow(/^Too long: 9 tokens, and 5 fit\.$/);
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(createLitHost(context()).generate('Hi', signal)).rejects.toThrow(/cannot be reached/);
  });
});

test.each([
  ["seqsal's own wording", 'Too long.\n\nDetails: 77aa', 'Too long.'],
  [
    "LIT's, with a traceback",
    'Uncaught error: boom\n\nDetails: Traceback (most recent call last):\n  x\nValueError: boom',
    'boom',
  ],
  ['a page of a proxy', '<html><h1>Bad gateway</h1></html>', 'The server answered 502 Bad Gateway.'],
  ['nothing', '', 'The server answered 502 Bad Gateway.'],
])('the reason in %s', (_, body, reason) => {
  expect(reasonIn(body, { status: 502, statusText: 'Bad Gateway' })).toBe(reason);
});

test('a model that generates is recognized by the type of its output', () => {
  expect(generates(spec({ response: 'GeneratedText' }))).toBe(true);
  expect(generates(spec({ probas: 'MulticlassPreds' }))).toBe(false);
});
