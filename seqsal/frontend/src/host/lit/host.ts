import type { Logprobs } from '../../core/scores/certainty.js';
import type { MethodDescription, Scores } from '../../core/scores/methods.js';
import type { Candidate, Example, Host, ManySalienceInput, TakeScores, Tell, Tokens } from '../../core/state/host.js';
import { predictByJobs } from './jobs.js';
import { modified, predictByLit } from './predict.js';
import type { Kind, Predict, Prediction, Question } from './predict.js';
import { SIGNS, gradientOfScores, methodsOf, takesMethods, withSignTurned } from './methods.js';
import type { LitField, LitInput, LitModelInfos, LitSpec } from './types.js';

const GENERATION_TYPES = ['GeneratedText', 'GeneratedTextCandidates'];
const SPECIAL = 'special_tokens_mask';
const IDS = 'token_ids';
const LOGPROBS = 'logprobs';
/** The field of a salience model's output spec whose only category says it. */
const MADE_FOR = 'made_for';
const LOADING = 'seqsal --models=NAME:PATH';

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

/** Where a server runs jobs, and for which place on the page. */
export interface JobsOf {
  readonly address: string;
  readonly view: string;
}

/** A host over LIT's server; over its jobs where it has any. */
export function createLitHost(context: LitContext, jobs: JobsOf | null = null): Host {
  const { models, model, dataset, input } = context;
  const output = (name: string): LitSpec => models[name]?.spec.output ?? {};
  const scoring = salienceModel(model);
  const tokenizing = tokenizerModel(model);
  const telling = logprobsModel(model);
  const methods = methodsOf({ output: output(scoring) });
  const saysSpecial = SPECIAL in output(tokenizing);
  const gradientOf = gradientOfScores(models[scoring]);
  const names = { generation: model, tokens: tokenizing, salience: scoring, logprobs: telling };
  const predict = jobs
    ? predictByJobs(jobs.address, model, jobs.view)
    : predictByLit(dataset, names, takesMethods(models[scoring]));
  const ask = async (kind: Kind, from: LitInput, fields: readonly string[], ...rest: Rest): Promise<Prediction> => {
    const [signal, tell] = rest;
    return (await predict({ kind, input: from, fields, signal, tell }))[0] ?? {};
  };
  const score = scorer(predict, input, gradientOf === 'loss' ? methods : []);

  return {
    methods,
    caveats: { marksSpecial: saysSpecial, sign: SIGNS[gradientOf] },
    ...(output(scoring)[MADE_FOR]?.vocab?.[0] === 'demonstration' ? { demonstration: LOADING } : {}),
    async generate(_prompt, ...rest) {
      const fields = generationFields(output(model));
      if (fields.length === 0) return [];
      return candidatesIn(await ask('generation', input, fields, ...rest), fields);
    },
    async tokenize({ prompt, target }, ...rest) {
      const fields = ['tokens', ...[SPECIAL, IDS].filter((name) => name in output(tokenizing))];
      return tokensIn(await ask('tokens', modified(input, { prompt, target }), fields, ...rest));
    },
    ...saliences(score, saysSpecial, saysSpecial && jobs !== null),
    ...(LOGPROBS in output(telling)
      ? {
          logprobs: async ({ prompt, target }, ...rest) =>
            logprobsIn(await ask('logprobs', modified(input, { prompt, target }), [LOGPROBS], ...rest)),
        }
      : {}),
  };
}

/** LIT's own wrappers, which mark no special tokens, run the whole model for each mask: nothing of `many` for them. */
function saliences(score: Score, many: boolean, ahead: boolean): Saliences {
  return {
    async salience({ targetMask, ...text }, signal, tell) {
      const [scores = {}] = await score({ ...text, targetMasks: [targetMask] }, { signal, tell });
      return scores;
    },
    ...(many ? { salienceOfMany: (input, signal) => score(input, { signal }) } : {}),
    ...(ahead
      ? {
          salienceAhead: async (input, signal, take) => {
            await score(input, { signal, ahead: true }, take);
          },
        }
      : {}),
  };
}

type Saliences = Pick<Host, 'salience' | 'salienceOfMany' | 'salienceAhead'>;
type Rest = readonly [signal: AbortSignal, tell?: Tell];
type Course = Pick<Question, 'signal' | 'tell' | 'ahead'>;
type Score = (many: ManySalienceInput, course: Course, take?: TakeScores) => Promise<Scores[]>;

/** Scores by a salience model; `turned` are the methods whose sign it has the other way round. */
function scorer(predict: Predict, input: LitInput, turned: readonly MethodDescription[]): Score {
  return async ({ prompt, target, targetMasks, methods }, course, take) => {
    const scoresOf = (prediction: Prediction): Scores => withSignTurned(scoresIn(prediction, methods), turned);
    const text = modified(input, { prompt, target });
    const asked = { kind: 'salience', input: text, targetMasks, methods, fields: methods } as const;
    const taken =
      take &&
      ((i: number, prediction: Prediction) => {
        take(i, scoresOf(prediction));
      });
    return (await predict({ ...asked, ...course, take: taken })).map(scoresOf);
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
