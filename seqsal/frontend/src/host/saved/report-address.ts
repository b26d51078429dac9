/** What a report shows: the numbers of a group and a row, and the opened record of this or the other side. */
export interface ReportPlace {
  readonly group: number;
  readonly row: number;
  /** Null if the report itself is shown. */
  readonly record: number | null;
  readonly other: boolean;
}

/** The place in the fragment of an address; numbers that are missing or wrong are 0. */
export function parsePlace(hash: string): ReportPlace {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const number = (name: string): number => {
    const value = Number(fields.get(name) ?? 0);
    return Number.isInteger(value) && value >= 0 ? value : 0;
  };
  const record = fields.has('record') ? number('record') : null;
  return { group: number('group'), row: number('row'), record, other: fields.has('other') };
}

export function formatPlace({ group, row, record, other }: ReportPlace): string {
  const fields = new URLSearchParams({ group: String(group), row: String(row) });
  if (record !== null) fields.set('record', String(record));
  if (other) fields.set('other', '');
  return `#${fields.toString()}`;
}
