import type { SavedResult } from './result.js';

/** The name and version of the format. `seqsal/analysis/report/content.py` writes it. */
const FORMAT = 'seqsal-report';
const VERSION = 1;

/** A number, or null where it is unknown. */
type Value = number | null;
/** Where a record is: the number of its chunk, and its number in the chunk. */
export type Place = readonly [number, number];
/** Fields that all results of a model and data set have in common. */
export type SharedFields = Pick<SavedResult, 'format' | 'version' | 'methods' | 'method_descriptions' | 'view'>;

/** What the records of a group say about one label. Shares are from 0 to 1, effects in nats. */
export interface ReportRow {
  readonly label: string;
  readonly region: 'prompt' | 'target';
  readonly records: number;
  readonly share: Value;
  readonly share_low: Value;
  readonly share_high: Value;
  readonly even_share: Value;
  readonly excess: Value;
  readonly top3: Value;
  readonly effect: Value;
  readonly effect_low: Value;
  readonly effect_high: Value;
}

/** A part of the prompt that stands for all, with the number of the row of its label. */
export interface HeatmapPart {
  readonly text: string;
  readonly row: number | null;
  readonly region: 'prompt' | 'target';
  readonly selected?: boolean;
}

export interface OutcomeRow {
  readonly row: number;
  readonly records: number;
  readonly share: Value;
  readonly share_low: Value;
  readonly share_high: Value;
}

export interface UnusedRow {
  readonly label: string;
  readonly records: number;
  readonly effect: Value;
  readonly effect_low: Value;
  readonly effect_high: Value;
}

export interface DifferenceRow {
  readonly label: string;
  readonly region: string;
  readonly share: Value;
  readonly share_other: Value;
  readonly difference: Value;
  readonly difference_low: Value;
  readonly difference_high: Value;
}

/** A pair of records, one of each side. */
export interface DifferentRecord {
  readonly record: number;
  readonly record_other: number;
  readonly line: number;
  readonly distance: Value;
  readonly answer: string;
  readonly answer_other: string;
  /** Null if the run has no tokens: then it cannot be opened. */
  readonly place: Place | null;
  readonly place_other: Place | null;
}

export interface Versus {
  readonly name: string;
  /** The number of pairs of records; 0 if the sides have other records. */
  readonly paired: number;
  readonly rows: readonly DifferenceRow[];
  readonly different: readonly DifferentRecord[];
  readonly shared?: SharedFields;
  readonly shared_other?: SharedFields;
}

/** What is known of one model, data set and method. */
export interface ReportGroup {
  /** The number of its set of records. */
  readonly set: number;
  readonly model: string;
  readonly dataset: string;
  readonly method: string;
  readonly methodLabel: string;
  readonly methodHelp: string;
  readonly rows: readonly ReportRow[];
  /** For each row the share in each record of the set; null where a record lacks the label. */
  readonly shares: readonly (readonly Value[])[];
  /** The prompt as a heatmap; `record` is the number of the record, null for a template. */
  readonly prompt: { readonly record: number | null; readonly parts: readonly HeatmapPart[] };
  readonly outcomes: readonly { readonly outcome: string; readonly rows: readonly OutcomeRow[] }[];
  /** Null if no removals were measured. */
  readonly unused: readonly UnusedRow[] | null;
  readonly versus: Versus | null;
}

/** How the records of the page were chosen, where it has no room for all. */
export type RecordChoice = 'all' | 'spread' | 'different';

/** The records of a model and data set that the page lists; `total` counts the others, too. */
export interface RecordSet {
  readonly model: string;
  readonly dataset: string;
  readonly total: number;
  readonly segments: number;
  readonly unlabelled: number;
  readonly ambiguous: number;
  readonly shared: SharedFields;
  readonly choice: RecordChoice;
  /** Whether the run has the tokens of the records, so that they can be opened. */
  readonly tokens: boolean;
  readonly numbers: readonly number[];
  readonly lines: readonly number[];
  readonly answers: readonly string[];
  readonly outcomes: readonly string[];
  readonly places: readonly Place[];
}

export interface Report {
  /** The segments of the run; 'labels' for one for each labelled part. */
  readonly granularity: string;
  readonly settings: readonly (readonly [string, string])[];
  readonly sets: readonly RecordSet[];
  readonly groups: readonly ReportGroup[];
  readonly errors: {
    readonly total: number;
    readonly rows: readonly {
      readonly dataset: string;
      readonly line: number;
      readonly stage: string;
      readonly message: string;
    }[];
  };
}

/**
 * Reads a report from the output of `JSON.parse`.
 *
 * @throws Error - the value is no report of this version.
 */
export function readReport(value: unknown): Report {
  const { format, version } = (value ?? {}) as { readonly format?: unknown; readonly version?: unknown };
  if (format !== FORMAT || version !== VERSION) {
    const expected = `"${FORMAT}", version ${String(VERSION)}`;
    throw new Error(`A report must be ${expected}; this is ${JSON.stringify(format)}, version ${String(version)}.`);
  }
  return value as Report;
}

/** A record in the list behind a label. */
export interface ListedRecord {
  readonly record: number;
  readonly line: number;
  readonly answer: string;
  readonly outcome: string;
  readonly share: number;
}

/** The records that have a label, the largest share first; equal ones in the order of the data. */
export function recordsBehind({ sets }: Report, group: ReportGroup, row: number): ListedRecord[] {
  const set = sets[group.set];
  const shares = group.shares[row] ?? [];
  if (!set) return [];
  return set.numbers
    .map((record, i) => ({
      record,
      line: set.lines[i] ?? 0,
      answer: set.answers[i] ?? '',
      outcome: set.outcomes[i] ?? '',
      share: shares[i] ?? null,
    }))
    .filter((each): each is ListedRecord => each.share !== null)
    .sort((a, b) => b.share - a.share);
}

/** Where a record of a group, or of what it is compared with, is; null if the page does not have it. */
export function findRecord(
  { sets }: Report,
  group: ReportGroup,
  record: number,
  other: boolean,
): { readonly place: Place; readonly shared: SharedFields } | null {
  const { versus } = group;
  if (other) {
    const found = versus?.different.find((each) => each.record_other === record);
    return found?.place_other && versus?.shared_other
      ? { place: found.place_other, shared: versus.shared_other }
      : null;
  }
  const set = sets[group.set];
  const place = set?.places[set.numbers.indexOf(record)];
  if (set && place) return { place, shared: set.shared };
  const found = versus?.different.find((each) => each.record === record);
  return found?.place && versus?.shared ? { place: found.place, shared: versus.shared } : null;
}
