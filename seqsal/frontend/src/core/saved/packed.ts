import type { SavedResult, SavedSalience } from './result.js';
import type { SharedFields } from './report.js';

/** A result of a chunk: instead of scores, an entry of salience has the names of its methods. */
type PackedResult = Omit<SavedResult, keyof SharedFields | 'salience'> & {
  readonly salience: readonly (Omit<SavedSalience, 'scores'> & { readonly scores: readonly string[] })[];
};

/**
 * The results in an uncompressed chunk of a report. `seqsal/analysis/report/packed.py` describes the format.
 *
 * @param shared - the fields that the chunk leaves out.
 */
export function unpackResults(chunk: Uint8Array, shared: SharedFields): SavedResult[] {
  const length = new DataView(chunk.buffer, chunk.byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(chunk.subarray(4, 4 + length));
  const { results } = JSON.parse(text) as { readonly results: readonly PackedResult[] };
  const values = readFloats(chunk.subarray(4 + length));
  let at = 0;
  const take = (count: number): number[] => Array.from(values.subarray(at, (at += count)));
  return results.map(({ salience, ...fields }) => ({
    ...shared,
    ...fields,
    salience: salience.map(({ scores, ...entry }) => ({
      ...entry,
      scores: Object.fromEntries(scores.map((name) => [name, take(fields.tokens.length)])),
    })),
  }));
}

/** Floats of which the first three bytes are given, the first of all values before the second. */
export function readFloats(planes: Uint8Array): Float32Array {
  const count = planes.length / 3;
  const bits = Uint32Array.from({ length: count }, (_, i) => {
    const [high, middle, low] = [planes[i] ?? 0, planes[count + i] ?? 0, planes[2 * count + i] ?? 0];
    return ((high << 24) | (middle << 16) | (low << 8)) >>> 0;
  });
  return new Float32Array(bits.buffer);
}
