/** What many examples say about one label: a row of Python's `Analysis.labels()`. Shares are from 0 to 1, effects in nats. */
export interface LabelAggregate {
  readonly label: string;
  readonly region: string;
  /** The number of examples that have the label. */
  readonly records: number;
  readonly share: number | null;
  readonly share_low: number | null;
  readonly share_high: number | null;
  readonly even_share: number | null;
  readonly top3: number | null;
  readonly effect: number | null;
  readonly effect_low: number | null;
  readonly effect_high: number | null;
}

/** An example that has a label: its number among those that were sent, its share, and the rank of the label in it. */
export interface Member {
  readonly index: number;
  readonly share: number;
  /** From 1; null for the segments without a label. */
  readonly rank: number | null;
}

/** An example that could not be analyzed. */
export interface Failure {
  readonly index: number;
  readonly message: string;
}

/** What is known of an analysis so far. */
export interface AnalysisResults {
  readonly done: number;
  readonly of: number;
  readonly segments: number;
  readonly unlabelled: number;
  readonly ambiguous: number;
  readonly rows: readonly LabelAggregate[];
  readonly failures: readonly Failure[];
  /** By `labelKey`. */
  readonly members: ReadonlyMap<string, readonly Member[]>;
}

export function labelKey({ label, region }: { readonly label: string; readonly region: string }): string {
  return JSON.stringify([label, region]);
}

type Fields = Readonly<Record<string, unknown>>;

/** Collects the parts of an analysis that the server sends. Counts and rows are those of the last part that has them. */
export class ResultCollector {
  #results: AnalysisResults;
  readonly #members = new Map<string, Member[]>();
  readonly #failures: Failure[] = [];

  constructor(of: number) {
    const none = { done: 0, of, segments: 0, unlabelled: 0, ambiguous: 0, rows: [] };
    this.#results = { ...none, failures: this.#failures, members: this.#members };
  }

  get results(): AnalysisResults {
    return this.#results;
  }

  add(part: Fields): void {
    for (const { label, region, records } of listIn(part['members'])) {
      const key = labelKey({ label: String(label), region: String(region) });
      const known = this.#members.get(key) ?? [];
      this.#members.set(key, known);
      for (const [index, share, rank] of records as (number | null)[][]) {
        known.push({ index: Number(index), share: Number(share), rank: rank ?? null });
      }
    }
    for (const { record, message } of listIn(part['errors'])) {
      this.#failures.push({ index: Number(record), message: String(message) });
    }
    const count = (name: string): number => Number(part[name] ?? 0);
    this.#results = {
      done: count('done'),
      of: count('of'),
      segments: count('segments'),
      unlabelled: count('unlabelled'),
      ambiguous: count('ambiguous'),
      rows: Array.isArray(part['labels']) ? (part['labels'] as LabelAggregate[]) : this.#results.rows,
      failures: this.#failures,
      members: this.#members,
    };
  }
}

function listIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : [];
}

/** Which examples a label stands for: where it is the strongest, among the three strongest, or anywhere. */
export const MEMBERSHIPS = ['strongest', 'top3', 'all'] as const;
export type Membership = (typeof MEMBERSHIPS)[number];

const MOST_RANK: Record<Membership, number> = { strongest: 1, top3: 3, all: Infinity };

/** The numbers of the examples that a label stands for, the one with its largest share first. */
export function examplesOf(results: AnalysisResults, key: string, membership: Membership): number[] {
  const members = results.members.get(key) ?? [];
  return members
    .filter(({ rank }) => rank === null || rank <= MOST_RANK[membership])
    .sort((one, other) => other.share - one.share)
    .map(({ index }) => index);
}
