import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLitHost } from '../../../../src/host/lit/host.js';
import type { JobServer, LitContext } from '../../../../src/host/lit/host.js';
import { methodsOf } from '../../../../src/host/lit/methods.js';
import type { LitField, LitInput, LitSpec } from '../../../../src/host/lit/types.js';
import { CONTRAST, GRADIENTS } from '../../../helpers/methods.js';

const INPUT: LitInput = { id: 'a1', data: { prompt: 'Hi', target: ' you', _id: 'a1' }, meta: {} };
const SCORES: LitField = { name: 'TokenScores' };
const OUTPUT: LitSpec = { tokens: { name: 'Tokens' }, contrast: SCORES, grad_l2: SCORES, grad_dot_input: SCORES };
const QUESTION = { prompt: 'Hi', target: ' you', targetMask: [0, 1], methods: ['contrast'] };
const { signal } = new AbortController();

function described(...texts: string[]): LitSpec {
  return { ...OUTPUT, methods: { name: 'CategoryLabel', vocab: texts } };
}

function hostOf(output: LitSpec, input: LitSpec = {}, jobs: JobServer | null = null): ReturnType<typeof createLitHost> {
  const tokenizer = { tokens: { name: 'Tokens' }, special_tokens_mask: SCORES };
  const models: LitContext['models'] = {
    toy: { spec: { input: {}, output: { response: { name: 'GeneratedText' } } } },
    _toy_tokenizer: { spec: { input: {}, output: tokenizer } },
    _toy_salience: { spec: { input, output } },
  };
  return createLitHost({ models, model: 'toy', dataset: 'my prompts', input: INPUT }, jobs);
}

function serve(body: string): ReturnType<typeof vi.fn<typeof fetch>> {
  const fake = vi.fn<typeof fetch>(() => Promise.resolve(new Response(body)));
  vi.stubGlobal('fetch', fake);
  return fake;
}

function sent(fake: ReturnType<typeof serve>): unknown {
  return JSON.parse(fake.mock.calls[0]?.[1]?.body as string);
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the methods of a salience model', () => {
  it('are those it describes, in its order, then its other fields of scores', () => {
    const { methods } = hostOf(described(JSON.stringify(CONTRAST)));
    expect(methods).toEqual([CONTRAST, ...GRADIENTS.map((each) => ({ ...each, family: 'prediction' }))]);
  });

  it('keep the order in which they are described', () => {
    const output = described(...[CONTRAST, ...GRADIENTS].reverse().map((each) => JSON.stringify(each)));
    expect(methodsOf({ output }).map(({ name }) => name)).toEqual(['grad_dot_input', 'grad_l2', 'contrast']);
  });

  it('are the fields of scores if there are no descriptions, built-in methods first', () => {
    expect(methodsOf({ output: OUTPUT }).map(({ label, signed }) => [label, signed])).toEqual([
      ['Grad L2', false],
      ['Grad · Input', true],
      ['contrast', null],
    ]);
  });

  it('exclude malformed entries, and the second entry of a name', () => {
    const bad = ['', '{', 'null', '{"name": "x"}', JSON.stringify({ ...CONTRAST, signed: 'yes' })];
    const twice = [CONTRAST, { ...CONTRAST, label: 'Again' }].map((each) => JSON.stringify(each));
    expect(methodsOf({ output: { methods: { name: 'CategoryLabel', vocab: [...bad, ...twice] } } })).toEqual([
      CONTRAST,
    ]);
    expect(methodsOf({ output: { methods: { name: 'CategoryLabel', vocab: null } } })).toEqual([]);
  });
});

describe('a request for scores', () => {
  it('is only for the fields of the methods', async () => {
    const fake = serve('[{"contrast": [1, 2], "grad_l2": [3, 4]}]');
    await expect(hostOf(described(JSON.stringify(CONTRAST))).salience(QUESTION, signal)).resolves.toEqual({
      contrast: [1, 2],
    });
    expect(fake.mock.calls[0]?.[0]).toContain('requested_fields=contrast');
  });

  it.each([
    ['names the methods where the model takes them', { methods: { name: 'CategoryLabel' } }, { methods: ['contrast'] }],
    ['names none where it does not', {}, {}],
  ])('of /get_preds %s', async (_, input, more) => {
    const fake = serve('[{"contrast": [1, 2]}]');
    await hostOf(OUTPUT, input).salience(QUESTION, signal);
    const data = { _id: '', prompt: 'Hi', target: ' you', target_mask: [0, 1] };
    expect(sent(fake)).toMatchObject({ inputs: [{ data: { ...data, ...more } }] });
    const [sentInput] = (sent(fake) as { inputs: readonly { data: object }[] }).inputs;
    expect(Object.keys(sentInput?.data ?? {}).includes('methods')).toBe('methods' in more);
  });

  it('as a job has the methods next to the selections, not in the record', async () => {
    const fake = serve(
      'event: result\ndata: {"index": 0, "prediction": {"contrast": [1, 2]}}\n\nevent: done\ndata: {}\n\n',
    );
    const jobs = { address: './seqsal/jobs', view: '7' };
    await hostOf(OUTPUT, { methods: { name: 'CategoryLabel' } }, jobs).salience(QUESTION, signal);
    expect(sent(fake)).toMatchObject({
      kind: 'salience',
      target_masks: [[0, 1]],
      methods: ['contrast'],
      fields: ['contrast'],
    });
    expect((sent(fake) as { record: object }).record).not.toHaveProperty('methods');
  });

  it('reverses the sign of every signed method if the gradient is of the loss', async () => {
    const loss = { gradient_of: { name: 'CategoryLabel', vocab: ['loss'] } };
    const host = hostOf({ ...described(JSON.stringify(CONTRAST)), ...loss });
    serve('[{"contrast": [1, -2], "grad_l2": [3, 4], "grad_dot_input": [-5, 6]}]');
    await expect(
      host.salience({ ...QUESTION, methods: ['contrast', 'grad_l2', 'grad_dot_input'] }, signal),
    ).resolves.toEqual({ contrast: [-1, 2], grad_l2: [3, 4], grad_dot_input: [5, -6] });
  });
});
