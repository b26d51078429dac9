import type { Candidate, Example, Host, Logprobs, ManySalienceInput, Scores, Tokens } from '../core/host.js';
import { modified, predict, predictAll } from './lit-request.js';
import type { Prediction } from './lit-request.js';
import type { LitField, LitInput, LitModelInfos, LitSpec } from './lit-types.js';

const GENERATION_TYPES = ['GeneratedText', 'GeneratedTextCandidates'];
const SPECIAL = 'special_tokens_mask';
const IDS = 'token_ids';
const LOGPROBS = 'logprobs';

/** One model, in the three parts that LIT knows it by, asked about one input. */
export interface LitContext {
  readonly models: LitModelInfos;
  readonly model: string;
  readonly dataset: string;
  readonly input: LitInput;
}

export function salienceModel(model: string): string {
  return `_${model}_salience`;
}

export function tokenizerModel(model: string): string {
  return `_${model}_tokenizer`;
}

export function logprobsModel(model: string): string {
  return `_${model}_logprobs`;
}

export function generates(spec: LitSpec): boolean {
  return generationFields(spec).length > 0;
}

function generationFields(spec: LitSpec): string[] {
  return fieldsOf(spec, (field) => GENERATION_TYPES.includes(field.name));
}

function fieldsOf(spec: LitSpec, wanted: (field: LitField) => boolean): string[] {
  return Object.keys(spec).filter((name) => spec[name] !== undefined && wanted(spec[name]));
}

/** What is to be explained, from an input of LIT's dataset. */
export function exampleOf({ models, model, dataset, input }: LitContext): Example {
  const spec = models[model]?.spec.output ?? {};
  const parent = generationFields(spec)
    .map((name) => spec[name]?.parent)
    .find(Boolean);
  const prompt = asText(input.data['prompt']);
  const target = asText(input.data[parent ?? 'target'] ?? input.data['target']);
  return { key: JSON.stringify([model, dataset, input.id, prompt, target]), prompt, target };
}

/** A text field, or the first of a list of [text, score] references. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? asText((value as unknown[])[0]) : '';
}

export function createLitHost(context: LitContext): Host {
  const { models, model, dataset, input } = context;
  const output = (name: string): LitSpec => models[name]?.spec.output ?? {};
  const scoring = salienceModel(model);
  const tokenizing = tokenizerModel(model);
  const telling = logprobsModel(model);
  const methods = fieldsOf(output(scoring), (field) => field.name === 'TokenScores');
  const saysSpecial = SPECIAL in output(tokenizing);
  const ask = (name: string, from: LitInput, fields: readonly string[], signal: AbortSignal): Promise<Prediction> =>
    predict({ model: name, dataset, input: from, fields, signal });
  const score = async ({ prompt, target, targetMasks }: ManySalienceInput, signal: AbortSignal): Promise<Scores[]> => {
    const inputs = targetMasks.map((mask) => modified(input, { prompt, target, target_mask: mask }));
    const predictions = await predictAll({ model: scoring, dataset, inputs, fields: methods, signal });
    return predictions.map((prediction) => scoresIn(prediction, methods));
  };

  return {
    methods,
    async generate(_prompt, signal) {
      const fields = generationFields(output(model));
      if (fields.length === 0) return [];
      return candidatesIn(await ask(model, input, fields, signal), fields);
    },
    async tokenize({ prompt, target }, signal) {
      const fields = ['tokens', ...[SPECIAL, IDS].filter((name) => name in output(tokenizing))];
      return tokensIn(await ask(tokenizing, modified(input, { prompt, target }), fields, signal));
    },
    async salience({ prompt, target, targetMask }, signal) {
      const [scores = {}] = await score({ prompt, target, targetMasks: [targetMask] }, signal);
      return saysSpecial ? scores : withLogProbabilitySign(scores);
    },
    // LIT's own wrappers run the whole model for each mask. See below for how they are known.
    ...(saysSpecial ? { salienceOfMany: score } : {}),
    ...(LOGPROBS in output(telling)
      ? {
          logprobs: async ({ prompt, target }, signal) =>
            logprobsIn(await ask(telling, modified(input, { prompt, target }), [LOGPROBS], signal)),
        }
      : {}),
  };
}

function candidatesIn(prediction: Prediction, fields: readonly string[]): Candidate[] {
  return fields.flatMap((field) => {
    const value = prediction[field];
    if (typeof value === 'string') return [{ text: value, score: null }];
    if (!Array.isArray(value)) throw new Error(`The model's ${field} is no text.`);
    return (value as unknown[]).map(toCandidate);
  });
}

function toCandidate(value: unknown): Candidate {
  const [text, score] = Array.isArray(value) ? (value as unknown[]) : [value];
  return { text: String(text), score: typeof score === 'number' ? score : null };
}

function tokensIn(prediction: Prediction): Tokens {
  const { tokens, [SPECIAL]: special, [IDS]: ids } = prediction;
  if (!Array.isArray(tokens)) throw new Error('The tokenizer sent no tokens.');
  const flags = Array.isArray(special) ? (special as unknown[]).map(Boolean) : [];
  const numbers = Array.isArray(ids) && ids.length === tokens.length ? (ids as unknown[]).map(Number) : [];
  return { tokens: (tokens as unknown[]).map(String), special: flags, ids: numbers };
}

function logprobsIn({ [LOGPROBS]: values }: Prediction): Logprobs {
  if (!Array.isArray(values)) throw new Error('The model sent no log-probabilities.');
  return (values as unknown[]).map((value) => (typeof value === 'number' ? value : null));
}

function scoresIn(prediction: Prediction, methods: readonly string[]): Scores {
  const scores: Record<string, number[]> = {};
  for (const method of methods) {
    const values = prediction[method];
    if (Array.isArray(values)) scores[method] = (values as unknown[]).map(Number);
  }
  if (Object.keys(scores).length === 0) throw new Error('The model sent no scores.');
  return scores;
}

/**
 * LIT's own wrappers (lit-nlp 1.3.1) differentiate the loss, whose sign is the opposite of the log-probability's. They
 * are known by what they lack: no tokenizer of theirs says which tokens are special.
 */
function withLogProbabilitySign(scores: Scores): Scores {
  const { grad_dot_input: signed } = scores;
  return signed ? { ...scores, grad_dot_input: signed.map((score) => -score) } : scores;
}
