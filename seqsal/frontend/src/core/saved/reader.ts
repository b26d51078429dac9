import { nameOf, readMethod } from '../scores/methods.js';
import { readMessages } from '../text/messages.js';
import { FORMAT, VERSION } from './result.js';
import type { SavedResult } from './result.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a saved result from the output of `JSON.parse`.
 *
 * @throws Error - the value is not a saved result, has a newer version, or is inconsistent. The message gives the reason.
 */
export function readSaved(value: unknown): SavedResult {
  const fields = asFields(value, 'A saved result');
  if (fields['format'] !== FORMAT) {
    throw new Error(`A saved result must have "format": "${FORMAT}", but this has ${shown(fields['format'])}.`);
  }
  if (fields['version'] !== VERSION) {
    const [known, got] = [String(VERSION), shown(fields['version'])];
    throw new Error(
      `This reads version ${known} of saved results, but this one is version ${got}. Use a newer seqsal.`,
    );
  }
  for (const name of ['prompt', 'target'] as const) expect(typeof fields[name] === 'string', name, 'a text', fields);
  expect(['response', 'target'].includes(String(fields['source'])), 'source', '"response" or "target"', fields);
  expect(typeof fields['selected'] === 'boolean', 'selected', 'true or false', fields);
  const count = listOf(fields, 'tokens', isText).length;
  listOf(fields, 'special_tokens_mask', isNumber, count);
  if (fields['messages'] !== undefined) checkMessages(fields, count);
  if (fields['thinking'] !== undefined) checkRanges(fields, 'thinking', count);
  if (fields['omitted'] !== undefined) checkRanges(fields, 'omitted', Infinity, 'characters');
  if (fields['token_ids'] !== undefined) listOf(fields, 'token_ids', isNumber, count);
  if (fields['logprobs'] !== undefined) listOf(fields, 'logprobs', (each) => each === null || isNumber(each), count);
  checkDescriptions(fields, listOf(fields, 'methods', isText));
  for (const each of listOf(fields, 'salience', () => true))
    checkSalience(asFields(each, 'An entry of salience'), count);
  const view = asFields(fields['view'], 'view');
  expect(Object.values(view).every(isText), 'view', 'texts by name', fields);
  return value as SavedResult;
}

function checkMessages(fields: Fields, count: number): void {
  let last = 0;
  for (const each of listOf(fields, 'messages', () => true)) {
    const message = asFields(each, 'An entry of messages');
    expect(readMessages([each]).length === 1, 'messages', 'a list of roles and ranges of tokens', fields);
    const [start, end] = message['tokens'] as [number, number];
    const fits = last <= start && start <= end && end <= count;
    expect(fits, 'tokens', `a range [start, end) of ${String(count)} tokens, in order`, message);
    last = end;
  }
}

function checkDescriptions(fields: Fields, methods: readonly unknown[]): void {
  const descriptions = fields['method_descriptions'];
  if (descriptions === undefined) return;
  const read = Array.isArray(descriptions) ? descriptions.map(readMethod) : [null];
  const names = read.filter((method) => method !== null).map(nameOf);
  expect(names.length === read.length, 'method_descriptions', 'a list of method descriptions', fields);
  const inOrder = names.length === methods.length && names.every((name, i) => name === methods[i]);
  if (!inOrder) fail('method_descriptions', 'of the methods, in the same order', names);
}

function checkSalience(fields: Fields, count: number): void {
  const ranges = listOf(fields, 'selection', Array.isArray) as unknown[][];
  let last = -1;
  for (const [start, end] of ranges) {
    const fits = isNumber(start) && isNumber(end) && last < start && start < end && end <= count;
    expect(fits, 'selection', `ranges [start, end) of ${String(count)} tokens, in order and apart`, fields);
    last = Number(end);
  }
  expect(ranges.length > 0, 'selection', 'at least one range', fields);
  const scores = asFields(fields['scores'], 'scores');
  for (const method of Object.keys(scores)) listOf(scores, method, isNumber, count);
  const segments = asFields(fields['segments'] ?? {}, 'segments');
  for (const method of Object.keys(segments)) checkRanges(segments, method, count);
  for (const check of listOf({ checks: [], ...fields }, 'checks', () => true)) {
    checkRemovals(asFields(check, 'An entry of checks'), count);
  }
  if (fields['contrast'] !== undefined) checkContrast(asFields(fields['contrast'], 'contrast'));
}

function checkRemovals(fields: Fields, count: number): void {
  const segments = checkRanges(fields, 'segments', count);
  const effects = listOf(fields, 'effects', (each) => each === null || isNumber(each));
  expect(effects.length === segments.length, 'effects', 'one entry for each segment', fields);
  for (const each of listOf({ together: [], ...fields }, 'together', () => true)) {
    const removal = asFields(each, 'An entry of together');
    checkRanges(removal, 'removed', count);
    expect(isNumber(removal['effect']), 'effect', 'a number', removal);
  }
}

function checkContrast(fields: Fields): void {
  expect(isText(fields['text']), 'text', 'a text', fields);
  expect(listOf(fields, 'logprobs', isNumber).length === 2, 'logprobs of a contrast', 'two numbers', fields);
  for (const name of ['token', 'shared']) expect(isCount(fields[name] ?? 0), name, 'a whole number from 0', fields);
}

/** Checks ranges of tokens in order; those of neighbouring segments touch. */
function checkRanges(fields: Fields, name: string, count: number, of = 'tokens'): readonly unknown[] {
  const ranges = listOf(fields, name, Array.isArray) as unknown[][];
  let last = 0;
  for (const [start, end] of ranges) {
    const fits = isNumber(start) && isNumber(end) && last <= start && start < end && end <= count;
    expect(fits, name, `ranges [start, end) of ${String(count)} ${of}, in order`, fields);
    last = Number(end);
  }
  return ranges;
}

function listOf(fields: Fields, name: string, fits: (value: unknown) => boolean, count?: number): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value) || !value.every(fits)) return fail(name, 'a list with entries of one kind', value);
  if (count !== undefined && value.length !== count) {
    return fail(name, `${String(count)} long, one entry for each token`, value.length);
  }
  return value as unknown[];
}

function expect(fits: boolean, name: string, what: string, fields: Fields): void {
  if (!fits) fail(name, what, fields[name]);
}

function fail(name: string, what: string, got: unknown): never {
  throw new Error(`${name} of a saved result must be ${what}, but is ${shown(got)}.`);
}

function asFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${what} must be an object with fields, but is ${shown(value)}.`);
  }
  return value as Fields;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
