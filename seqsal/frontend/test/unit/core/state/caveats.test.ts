import { describe, expect, it } from 'vitest';
import { notesOf, remainderNote } from '../../../../src/core/state/caveats.js';
import type { Caveats, NoteContext } from '../../../../src/core/state/caveats.js';

const EXACT: NoteContext = { matched: false, signed: false, uncertain: false };
const ALL_KNOWN: Caveats = { marksSpecial: true, sign: 'known', checks: true };

function texts(caveats: Caveats | null, shown: Partial<NoteContext> = {}): string[] {
  return notesOf(caveats, { ...EXACT, ...shown }).map(({ text }) => text);
}

describe('notes', () => {
  it('are empty if all is exact', () => {
    expect(texts(ALL_KNOWN, { signed: true })).toEqual([]);
    expect(texts(null, { signed: true })).toEqual([]);
  });

  it('are one for each thing that is not exact', () => {
    expect(texts(ALL_KNOWN, { matched: true })).toEqual(['tokens are aligned with the text approximately']);
    expect(texts({ ...ALL_KNOWN, marksSpecial: false })).toEqual(['special tokens are guessed']);
    expect(texts(ALL_KNOWN, { uncertain: true })).toEqual(['the probabilities of tokens are unknown']);
    expect(texts({ ...ALL_KNOWN, checks: false })).toEqual(['maps cannot be checked by removing segments']);
  });

  it('mention the sign only for signed scores', () => {
    expect(texts({ ...ALL_KNOWN, sign: 'reversed' })).toEqual([]);
    expect(texts({ ...ALL_KNOWN, sign: 'reversed' }, { signed: true })).toEqual([
      'the sign is reversed, so that positive supports the selection',
    ]);
    expect(texts({ ...ALL_KNOWN, sign: 'unknown' }, { signed: true })).toEqual(['the sign is as the server sends it']);
  });
});

it('a note says what the scores leave out, if that is more than 5 % of the total', () => {
  const remainder = 'The rest comes from biases.';
  expect(remainderNote({ sum: -3.456, total: 12.34, remainder })).toEqual({
    text: 'The scores of all tokens add up to −3.46 of 12.3 nats.',
    help: remainder,
  });
  expect(remainderNote({ sum: -9.6, total: -10, remainder })).toBeNull();
  expect(remainderNote({ sum: 10.6, total: 10, remainder })).not.toBeNull();
});
