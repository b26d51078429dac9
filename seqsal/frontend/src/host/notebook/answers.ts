import type { Scores } from '../../core/scores/methods.js';
import type { Span } from '../../core/text/span.js';
import type { Answer } from './channel.js';

type Fields = Readonly<Record<string, unknown>>;

/** A range [start, end), as the kernel expects it. */
export type Pair = readonly [number, number];

export function pairsOf(spans: readonly Span[]): Pair[] {
  return spans.map(({ start, end }) => [start, end]);
}

/** The ranges of a mask: a few numbers instead of one for each token. */
export function maskRanges(mask: readonly number[]): Pair[] {
  const ranges: [number, number][] = [];
  for (const [i, marked] of mask.entries()) {
    if (marked === 0) continue;
    const last = ranges.at(-1);
    if (last?.[1] === i) last[1] = i + 1;
    else ranges.push([i, i + 1]);
  }
  return ranges;
}

/** Reads a buffer of 32-bit floats with the shape [selections, methods, tokens]. */
export function scoresIn({ value, buffers }: Answer): Scores[] {
  const methods = listIn(value, 'methods').map(String);
  const count = Number((value as Fields)['count']);
  const [view] = buffers;
  if (view === undefined) throw new Error('The kernel sent no scores.');
  const numbers = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const tokens = numbers.length / (count * methods.length);
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      methods.map((method, k) => {
        const start = (i * methods.length + k) * tokens;
        return [method, Array.from(numbers.subarray(start, start + tokens))];
      }),
    ),
  );
}

export function listIn(value: unknown, name: string): readonly unknown[] {
  const list = (value as Fields | null)?.[name];
  if (!Array.isArray(list)) throw new Error(`The kernel sent no ${name}.`);
  return list as unknown[];
}
