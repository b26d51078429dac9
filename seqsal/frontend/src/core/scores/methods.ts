import methods from '../../../../shared/methods.json';

/** Scores per token, by method: the further up, the more the selection leaned on the token. */
export type Scores = Readonly<Record<string, readonly number[]>>;

interface Method {
  readonly label: string;
  readonly help: string;
  readonly signed: boolean;
}

const KNOWN: Readonly<Record<string, Method>> = Object.fromEntries(methods.map((method) => [method.name, method]));

/** What a method is called on screen. A method that is not known here goes by its field's name. */
export function methodLabel(name: string): string {
  return KNOWN[name]?.label ?? name;
}

export function methodHelp(name: string): string {
  return KNOWN[name]?.help ?? `The scores of the model's field ${name}.`;
}

/** Whether a method's scores have a sign: by its name, or by any score below zero. */
export function isSigned(name: string | null, scores: readonly number[]): boolean {
  const known = name === null ? undefined : KNOWN[name];
  return known?.signed ?? scores.some((score) => score < 0);
}
