import builtIn from '../../../../shared/methods.json';

/** Scores per token, by method: the larger, the more the selection depends on the token. */
export type Scores = Readonly<Record<string, readonly number[]>>;

/** What a model says of one of its salience methods. The same object in JSON has the same names. */
export interface MethodDescription {
  /** The name of the field that holds the scores. */
  readonly name: string;
  readonly version: number;
  readonly label: string;
  /** One line. */
  readonly help: string;
  /** Whether scores have a sign, which positive ones support the selection by; null where that is not known. */
  readonly signed: boolean | null;
  readonly scores: 'tokens' | 'segments';
  /** The passes that it takes beyond the one forward pass of the sequence. */
  readonly cost: { readonly forward: number; readonly backward: number; readonly per: 'selection' | 'segment' };
  /** Methods of one family come from the same pass, so one of them gives the others. A method with '' is alone. */
  readonly family: string;
}

/** A description, from what JSON has made of it; null where it is not one. */
export function readMethod(value: unknown): MethodDescription | null {
  if (!isObject(value) || !isObject(value['cost'])) return null;
  const { name, version, label, help, signed, scores, family } = value;
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
  return fits ? { name, version, label, help, signed, scores, cost: { forward, backward, per }, family } : null;
}

/** The built-in methods, for models that describe none. */
export const BUILT_IN: readonly MethodDescription[] = builtIn.map(readMethod).filter((method) => method !== null);

/** A description for each name: one of those given, else of a built-in method, else one made from the name. */
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

/** The names of a method and of those that come from the same pass; none where there is no such method. */
export function familyOf(methods: readonly MethodDescription[], name: string | null): string[] {
  const family = methodNamed(methods, name)?.family ?? '';
  return methods.filter((method) => method.name === name || (family !== '' && method.family === family)).map(nameOf);
}

export function nameOf({ name }: MethodDescription): string {
  return name;
}

/** Whether a method's scores have a sign: as it is described, else by any score below zero. */
export function isSigned(method: MethodDescription | null, scores: readonly number[]): boolean {
  return method?.signed ?? scores.some((score) => score < 0);
}

/** Whether a selection costs so little that many may be scored before anyone asks. */
export function isCheap(method: MethodDescription | null): boolean {
  if (method === null) return false;
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
