/** For each token of the target the natural logarithm of its probability; null for all other tokens. */
export type Logprobs = readonly (number | null)[];

/** How sure a model was of a token, by its probability, from the highest on. */
export const CERTAINTIES = ['sure', 'likely', 'unsure', 'surprised'] as const;
export type Certainty = (typeof CERTAINTIES)[number];

/** The lowest probability of each. */
export const LEAST: Record<Certainty, number> = { sure: 0.9, likely: 0.5, unsure: 0.1, surprised: 0 };

export function certaintyOf(logprob: number): Certainty {
  const probability = Math.exp(logprob);
  return CERTAINTIES.find((name) => probability >= LEAST[name]) ?? 'surprised';
}
