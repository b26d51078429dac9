import type { Logprobs } from '../../core/scores/certainty.js';
import type { Candidate, Example, Host, Tokens } from '../../core/state/host.js';
import { readMessages } from '../../core/text/messages.js';
import { readMarks, readRanges } from '../../core/text/thinking.js';
import type { ThinkingMarks } from '../../core/text/thinking.js';
import { checksOf } from './checks.js';
import { predictByJobs } from './jobs.js';
import type { PredictionMemory } from './prediction-memory.js';
import { modified, predictByLit } from './predict.js';
import type { Predict, Prediction, PredictionKind } from './predict.js';
import { SIGNS, gradientOfScores, methodsOf, takesMethods } from './methods.js';
import { saliences, scorer } from './scores.js';
import type { Waiter } from './scores.js';
import type { LitField, LitInput, LitModelInfos, LitSpec } from './types.js';

const GENERATION_TYPES = ['GeneratedText', 'GeneratedTextCandidates'];
const SPECIAL = 'special_tokens_mask';
const IDS = 'token_ids';
const LOGPROBS = 'logprobs';
/** The field of a salience model's output spec whose only category says what the model is made for. */
const MADE_FOR = 'made_for';
/** The field of a salience model's output spec whose only category says which prompts it renders in its chat template. */
const CHAT_TEMPLATE = 'chat_template';
const MESSAGES = 'messages';
const THINKING = 'thinking';
const OMITTED = 'omitted';
/** The field of a salience model's output spec whose categories are the marks of its thinking. */
const MARKS = 'thinking_marks';
/** The field of a salience model's input spec that says whether it passes on what falls on the thinking. */
const THROUGH = 'through_thinking';
const LOADING = 'seqsal --models=NAME:PATH';

/** One input, and a language model, which LIT knows as several models with related names. */
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

function fieldsOf(spec: LitSpec, fits: (field: LitField) => boolean): string[] {
  return Object.keys(spec).filter((name) => spec[name] !== undefined && fits(spec[name]));
}

/** The example to explain, from an input of LIT's dataset. */
export function exampleOf({ models, model, dataset, input }: LitContext): Example {
  const spec = models[model]?.spec.output ?? {};
  const parent = generationFields(spec)
    .map((name) => spec[name]?.parent)
    .find(Boolean);
  const prompt = asText(input.data['prompt']);
  const target = asText(input.data[parent ?? 'target'] ?? input.data['target']);
  return { key: JSON.stringify([model, dataset, input.id, prompt, target]), prompt, target };
}

/** What the key of an example is made of; null for any other text. */
export function readKey(key: string): { model: string; dataset: string; id: string; prompt: string } | null {
  const parts: unknown = parsed(key);
  if (!Array.isArray(parts) || parts.length !== 5 || parts.some((part) => typeof part !== 'string')) return null;
  const [model, dataset, id, prompt] = parts as [string, string, string, string];
  return { model, dataset, id, prompt };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** A text field, or the first of a list of [text, score] references. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? asText((value as unknown[])[0]) : '';
}

/** The address of a server's jobs, and the view on the page that requests them. */
export interface JobServer {
  readonly address: string;
  readonly view: string;
  /** Whether all that is requested can wait for other tasks. */
  readonly ahead?: boolean;
}

/** A host over LIT's server. It uses the server's jobs if there are any, and what the page remembers of earlier predictions. */
export function createLitHost(context: LitContext, jobs: JobServer | null = null, memory?: PredictionMemory): Host {
  const { models, model, dataset, input } = context;
  const output = (name: string): LitSpec => models[name]?.spec.output ?? {};
  const scoring = salienceModel(model);
  const tokenizing = tokenizerModel(model);
  const logprobing = logprobsModel(model);
  const methods = methodsOf({ output: output(scoring) });
  const marksSpecial = SPECIAL in output(tokenizing);
  const gradientOf = gradientOfScores(models[scoring]);
  const names = { generation: model, tokens: tokenizing, salience: scoring, logprobs: logprobing };
  const asked = jobs
    ? predictByJobs(jobs.address, model, jobs.view, jobs.ahead)
    : predictByLit(dataset, names, takesMethods(models[scoring]));
  const predict = memory?.around(asked, model, models) ?? asked;
  const predictOne = singly(predict);
  const score = scorer(predict, input, gradientOf === 'loss' ? methods : []);
  const checks = jobs ? { ...checksOf(predict, input, output(scoring)), ...promptCheck(jobs, model, input) } : {};

  return {
    methods,
    caveats: { marksSpecial, sign: SIGNS[gradientOf], checks: 'removalEffects' in checks },
    ...purposeIn(output(scoring)),
    thinkingMarks: marksIn(output(scoring)),
    stops: jobs !== null,
    passesOn: jobs !== null && THROUGH in (models[scoring]?.spec.input ?? {}),
    generate: generator(predict, input, generationFields(output(model)), jobs !== null),
    async tokenize({ prompt, target }, ...waiter) {
      const others = [SPECIAL, IDS, MESSAGES, THINKING, OMITTED].filter((name) => name in output(tokenizing));
      const fields = ['tokens', ...others];
      return tokensIn(await predictOne('tokens', modified(input, { prompt, target }), fields, ...waiter));
    },
    ...saliences(score, marksSpecial, marksSpecial && jobs !== null),
    ...checks,
    ...(LOGPROBS in output(logprobing)
      ? {
          logprobs: async ({ prompt, target }, ...waiter) =>
            logprobsIn(await predictOne('logprobs', modified(input, { prompt, target }), [LOGPROBS], ...waiter)),
        }
      : {}),
  };
}

function generator(predict: Predict, input: LitInput, fields: string[], stops: boolean): Host['generate'] {
  return async (_prompt, signal, report, stop = '') => {
    if (fields.length === 0) return [];
    const ends = stops && stop !== '' ? { stop: [stop] } : {};
    const [prediction = {}] = await predict({ kind: 'generation', input, fields, signal, report, ...ends });
    return candidatesIn(prediction, fields);
  };
}

/** Only our own server says whether a prompt fits. In no view: there, a check while typing would cancel the one before a run. */
function promptCheck(jobs: JobServer, model: string, input: LitInput): Pick<Host, 'checkPrompt'> {
  const predict = predictByJobs(jobs.address, model, '');
  return {
    async checkPrompt(prompt, signal) {
      await predict({ kind: 'tokens', input: modified(input, { prompt, target: '' }), fields: ['tokens'], signal });
    },
  };
}

/** What a model is for: a demonstration, prompts in its chat template. */
function purposeIn(spec: LitSpec): Pick<Host, 'demonstration' | 'chatTemplate'> {
  const demonstration = spec[MADE_FOR]?.vocab?.[0] === 'demonstration' ? { demonstration: LOADING } : {};
  return { ...demonstration, ...chatTemplateIn(spec) };
}

/** Whether a model has a chat template, and a plain prompt is sent without it. */
export function takesMessages(models: LitModelInfos, model: string): boolean {
  return chatTemplateIn(models[salienceModel(model)]?.spec.output ?? {}).chatTemplate === 'messages';
}

function chatTemplateIn(spec: LitSpec): Pick<Host, 'chatTemplate'> {
  const use = spec[CHAT_TEMPLATE]?.vocab?.[0];
  return use === 'messages' || use === 'all' ? { chatTemplate: use } : {};
}

/** The marks of the model's thinking, each pair as JSON. */
function marksIn(spec: LitSpec): ThinkingMarks[] {
  return (spec[MARKS]?.vocab ?? []).flatMap((text) => readMarks([JSON.parse(text)]));
}

/** Requests a single prediction, for an input without selections. */
function singly(predict: Predict) {
  return async (
    kind: PredictionKind,
    input: LitInput,
    fields: readonly string[],
    ...[signal, report]: Waiter
  ): Promise<Prediction> => (await predict({ kind, input, fields, signal, report }))[0] ?? {};
}

function candidatesIn(prediction: Prediction, fields: readonly string[]): Candidate[] {
  return fields.flatMap((field) => {
    const value = prediction[field];
    if (typeof value === 'string') return [{ text: value, score: null }];
    if (!Array.isArray(value)) throw new Error(`The model's ${field} is not text.`);
    return (value as unknown[]).map(toCandidate);
  });
}

function toCandidate(value: unknown): Candidate {
  const [text, score] = Array.isArray(value) ? (value as unknown[]) : [value];
  return { text: String(text), score: typeof score === 'number' ? score : null };
}

function tokensIn(prediction: Prediction): Tokens {
  const { tokens, [SPECIAL]: special, [IDS]: ids, [MESSAGES]: messages } = prediction;
  if (!Array.isArray(tokens)) throw new Error('The tokenizer sent no tokens.');
  const flags = Array.isArray(special) ? (special as unknown[]).map(Boolean) : [];
  const numbers = Array.isArray(ids) && ids.length === tokens.length ? (ids as unknown[]).map(Number) : [];
  return {
    tokens: (tokens as unknown[]).map(String),
    special: flags,
    ids: numbers,
    messages: readMessages(messages),
    thinking: readRanges(prediction[THINKING]),
    omitted: readRanges(prediction[OMITTED]),
  };
}

function logprobsIn({ [LOGPROBS]: values }: Prediction): Logprobs {
  if (!Array.isArray(values)) throw new Error('The model sent no log-probabilities.');
  return (values as unknown[]).map((value) => (typeof value === 'number' ? value : null));
}
