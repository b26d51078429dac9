import { REMOVAL_METHOD } from './check.js';
import builtIn from '../../../../shared/methods.json';

/** Scores per token, by method: the larger, the more the selection depends on the token. */
export type Scores = Readonly<Record<string, readonly number[]>>;

/** The description of a salience method, which a model gives. In JSON the fields have the same names. */
export interface MethodDescription {
  /** The name of the field that holds the scores. */
  readonly name: string;
  readonly version: number;
  readonly label: string;
  /** One line. */
  readonly help: string;
  /** Whether scores have a sign; positive ones support the selection. Null if that is unknown. */
  readonly signed: boolean | null;
  readonly scores: 'tokens' | 'segments';
  /** The number of passes in addition to the one forward pass of the sequence. */
  readonly cost: { readonly forward: number; readonly backward: number; readonly per: 'selection' | 'segment' };
  /** Methods of the same family come from the same pass, so requesting one gives the others. '' is no family. */
  readonly family: string;
  /** One line about what is left where the scores of all tokens do not add up to their total. Missing for a method without a total. */
  readonly remainder?: string | undefined;
}

/** Reads a description from parsed JSON; null if it is invalid. */
export function readMethod(value: unknown): MethodDescription | null {
  if (!isObject(value) || !isObject(value['cost'])) return null;
  const { name, version, label, help, signed, scores, family, remainder } = value;
  const { forward, backward, per } = value['cost'];
  const fits =
    isText(name) &&
    name !== '' &&
    isCount(version) &&
    isText(label) &&
    isText(help) &&
    (typeof signed === 'boolean' || signed === null) &&
    (scores === 'tokens' || scores === 'segments') &&
    isCount(forward) &&
    isCount(backward) &&
    (per === 'selection' || per === 'segment') &&
    isText(family);
  if (!fits) return null;
  const left = isText(remainder) && remainder !== '' ? { remainder } : {};
  return { name, version, label, help, signed, scores, cost: { forward, backward, per }, family, ...left };
}

/** Descriptions of the built-in methods, for models that do not describe theirs. */
export const BUILT_IN: readonly MethodDescription[] = builtIn.map(readMethod).filter((method) => method !== null);

/** A description for each name: the given one, else that of a built-in method, else one made from the name. */
export function describeMethods(
  names: readonly string[],
  given: readonly MethodDescription[] = [],
): MethodDescription[] {
  return names.map((name) => methodNamed(given, name) ?? methodNamed(BUILT_IN, name) ?? undescribed(name));
}

function undescribed(name: string): MethodDescription {
  return {
    name,
    version: 1,
    label: name,
    help: `The scores of the model's field ${name}.`,
    signed: null,
    scores: 'tokens',
    cost: { forward: 0, backward: 1, per: 'selection' },
    family: '',
  };
}

export function methodNamed(methods: readonly MethodDescription[], name: string | null): MethodDescription | null {
  return methods.find((method) => method.name === name) ?? null;
}

/** The names of a method and of the others of its family; empty if there is no such method. */
export function familyOf(methods: readonly MethodDescription[], name: string | null): string[] {
  const family = methodNamed(methods, name)?.family ?? '';
  return methods.filter((method) => method.name === name || (family !== '' && method.family === family)).map(nameOf);
}

export function nameOf({ name }: MethodDescription): string {
  return name;
}

/** Whether a method's scores are signed: by its description, or if that is unknown, by any score below zero. */
export function isSigned(method: MethodDescription | null, scores: readonly number[]): boolean {
  return method?.signed ?? scores.some((score) => score < 0);
}

/** Whether a method scores segments as a whole, so that its scores belong to one division of the text. */
export function scoresSegments(method: MethodDescription | null): boolean {
  return method?.scores === 'segments';
}

/** The map that removals are compared with: by a method, or for the removals themselves by the first other method. */
export function mapMethod(methods: readonly MethodDescription[], name: string | null): string | null {
  if (name !== REMOVAL_METHOD) return name;
  return methods.find((method) => method.name !== REMOVAL_METHOD && !scoresSegments(method))?.name ?? null;
}

/** Whether scores cost so little that a prefetch of many selections is acceptable. */
export function isCheap(method: MethodDescription | null): boolean {
  if (method === null || scoresSegments(method)) return false;
  const { cost } = method;
  return cost.per === 'selection' && cost.forward + cost.backward <= 2;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
