import type { Totals } from '../../core/scores/cache.js';
import type { Alternative } from '../../core/scores/contrast.js';
import type { Host } from '../../core/state/host.js';
import { progressReporter } from '../progress.js';
import { listIn, maskRanges, pairsOf, scoresIn } from './answers.js';
import type { NotebookChannel } from './channel.js';
import type { SendRequest } from './send-request.js';

/** What checks and contrasts need, over a kernel with a model. */
export function checks(
  channel: NotebookChannel,
  request: SendRequest,
): Required<Pick<Host, 'contrast' | 'removalEffects' | 'alternatives' | 'totals'>> {
  return {
    async contrast({ targetMask, segments, ...input }, signal, report) {
      const more = { selections: [maskRanges(targetMask)], ...(segments && { segments: pairsOf(segments) }) };
      const answer = await request('salience', { ...input, ...more }, signal, report);
      const [selection, other] = listIn(answer.value, 'logprobs').map(Number);
      const { shared } = answer.value as { readonly shared: number };
      return { scores: scoresIn(answer)[0] ?? {}, logprobs: [selection ?? NaN, other ?? NaN], shared };
    },
    async removalEffects({ targetMask, removals, segments, ...input }, signal, onEffect, report) {
      const selection = maskRanges(targetMask);
      const ranges = { selection, removals: removals.map(pairsOf), segments: pairsOf(segments) };
      const reportEvent = progressReporter(report);
      // Each effect arrives as progress, before the answer.
      await channel.request('removals', { ...input, ...ranges }, signal, ({ event, ...data }) => {
        if (event === 'result') onEffect(Number(data['index']), Number(data['effect']));
        else reportEvent(String(event), data);
      });
    },
    async totals({ targetMask, ...input }, signal) {
      const { value } = await request('totals', { ...input, selection: maskRanges(targetMask) }, signal);
      return (value as { readonly totals: Totals }).totals;
    },
    async alternatives(input, signal) {
      const { value } = await request('alternatives', input, signal);
      return listIn(value, 'alternatives') as readonly Alternative[];
    },
  };
}
