// What effects of removals and log-probabilities mean, in words.
import type { Agreement, TogetherEffect } from './agreement.js';
import type { ContrastLogprobs } from './contrast.js';

/** Below this factor, likelihoods count as equal. */
const LEAST_FACTOR = 1.05;
const MOST_FACTOR = 1e6;

/** "40 times less likely": a likelihood after a loss of `effect` nats. */
export function likelihood(effect: number): string {
  const factor = Math.exp(Math.abs(effect));
  if (factor < LEAST_FACTOR) return 'about as likely';
  return `${times(factor)} ${effect > 0 ? 'less' : 'more'} likely`;
}

/** "1.4 times", "40 times", "12,000 times": two significant digits. */
function times(factor: number): string {
  if (factor >= MOST_FACTOR) return 'more than a million times';
  return `${Number(factor.toPrecision(2)).toLocaleString('en')} times`;
}

/** "Without it the selection is 40 times less likely." For a contrast, `other` is what the selection is compared with. */
export function effectSentence(effect: number, other = ''): string {
  const compared = other === '' ? '' : ` compared with “${other}”`;
  return `Without it the selection is ${likelihood(effect)}${compared}.`;
}

/** A short statement and what follows from it. */
export interface Finding {
  readonly lead: string;
  readonly text: string;
}

/** What the map that is compared with removals is called while it is shown. */
export const SHOWN_MAP = 'the map';

/** The texts of two segments: the one whose removal costs most, and the one that the map has first. */
export interface FindingTexts {
  readonly strongest: string;
  readonly first: string;
}

/** How far map and removals agree. `map` is what the map is called. */
export function agreementFinding(agreement: Agreement, texts: FindingTexts, map = SHOWN_MAP): Finding {
  const { verdict, correlation, rank } = agreement;
  const { strongest } = texts;
  if (verdict === 'flat') {
    return {
      lead: 'No single segment matters much:',
      text: 'without any one of them the selection is about as likely.',
    };
  }
  const subject = `${map === SHOWN_MAP ? 'Map' : map} and removals`;
  const correlated = correlation === null ? '' : `(rank correlation ${correlation.toFixed(2)})`;
  if (verdict === 'agree' && rank === 1) {
    return { lead: `${subject} agree`, text: `${correlated} on what matters most: “${strongest}”.`.trim() };
  }
  return {
    lead: `${subject} ${verdict === 'agree' ? 'partly agree' : 'disagree'}${correlated === '' ? ':' : ''}`,
    text: [
      `${correlated === '' ? '' : `${correlated}: `}removing “${strongest}” costs most, ${placeOnMap(agreement, map)}.`,
      ...firstOnMap(agreement, texts.first),
    ].join(' '),
  };
}

/** What removing the segment does that the map has first, if that is another one. */
function firstOnMap({ first }: Agreement, text: string): string[] {
  return first === null ? [] : [`Without its number 1, “${text}”, the selection is ${likelihood(first.effect)}.`];
}

function placeOnMap({ rank, against }: Agreement, map: string): string {
  if (against) return `and ${map} says that it speaks against the selection`;
  return rank === 1
    ? `as ${map} says, but the others are in another order`
    : `and it is number ${String(rank)} on ${map}`;
}

/** What removing the strongest segments together does, against as many others; of a signed map, its strongest supporters. */
export function togetherSentence(
  { indices, effect, atRandom, kept }: TogetherEffect,
  signed: boolean,
  map = SHOWN_MAP,
): string {
  const count = String(indices.length);
  const compared = atRandom === null ? '' : `; without ${count} others at random ${likelihood(atRandom)}`;
  const only = kept === null ? '' : ` With only these ${count} kept it is ${likelihood(kept)}.`;
  const which = signed ? `${count} strongest supporters` : `strongest ${count}`;
  return `Without the ${which} of ${map} together the selection is ${likelihood(effect)}${compared}.${only}`;
}

export const HIDDEN_FINDING: Finding = {
  lead: 'Together they count for far more than one by one:',
  text: 'they may say the same thing and hide each other.',
};

/** "The first is 3 times as likely": the selection against the text that it is compared with. */
export function contrastSentence([selection, other]: ContrastLogprobs): string {
  const factor = Math.exp(Math.abs(selection - other));
  if (factor < LEAST_FACTOR) return 'Both are about equally likely';
  return `The ${selection > other ? 'first' : 'second'} is ${times(factor)} as likely`;
}
