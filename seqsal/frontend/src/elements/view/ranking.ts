import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { Derived } from '../../core/state/derive.js';
import { memo } from '../../core/state/memo.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import '../panels/ranking.js';
import type { MenuRequest } from '../text/offers.js';
import type { Jump } from '../text/steps.js';
import { effectsBesides } from './check-parts.js';
import { rankedIn } from './parts.js';

/** What the view does when the user acts on the list. */
export interface RankingActions {
  readonly menu: (event: CustomEvent<MenuRequest>) => void;
  readonly go: (index: number) => void;
  readonly jump: (jump: Jump) => void;
}

/** Returns a function that renders the list of the strongest segments. */
export function makeRanking(actions: RankingActions): (snapshot: Snapshot, derived: Derived) => TemplateResult {
  const ranked = memo(rankedIn);
  return ({ state }, { values, shares, segments, checked, concentration, signed }) => {
    const effects = effectsBesides(state.method, checked);
    return html`<seqsal-ranking
      .ranked=${ranked(values, shares, segments, effects, state.versus?.text ?? '')}
      ?checked=${effects !== null}
      @seqsal-menu=${actions.menu}
      .concentration=${concentration}
      .signed=${signed}
      @seqsal-go=${(event: CustomEvent<number>) => {
        actions.go(event.detail);
      }}
      @seqsal-jump=${(event: CustomEvent<1 | -1>) => {
        actions.jump({ among: 'strongest', direction: event.detail });
      }}
    ></seqsal-ranking>`;
  };
}
