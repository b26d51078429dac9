import { css } from 'lit';

export const rankingStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    background: var(--seqsal-surface);
  }
  header {
    display: flex;
    align-items: center;
    gap: 2px;
    padding: 6px 6px 2px 12px;
  }
  h3 {
    flex: 1;
    margin: 0;
    font-size: 12px;
    font-weight: 500;
  }
  header button {
    display: grid;
    place-content: center;
    width: 24px;
    height: 24px;
    padding: 0;
    border: 0;
    border-radius: 4px;
    background: none;
    color: var(--seqsal-muted);
  }
  header button:hover {
    background: var(--seqsal-hover);
  }
  p {
    margin: 0;
    padding: 0 12px 6px;
    color: var(--seqsal-muted);
    font-size: 11px;
    line-height: 16px;
  }
  ol {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    margin: 0;
    padding: 0 6px 8px;
    list-style: none;
  }
  li button {
    display: grid;
    grid-template-columns: 2ch 1fr auto;
    gap: 0 8px;
    width: 100%;
    padding: 4px 6px;
    border: 0;
    border-radius: 4px;
    background: none;
    text-align: start;
  }
  li button:hover {
    background: var(--seqsal-hover);
  }
  li button[aria-current='true'] {
    background: var(--seqsal-accent-soft);
  }
  .rank,
  .share {
    color: var(--seqsal-muted);
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
  .text {
    min-width: 0;
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
    unicode-bidi: plaintext;
  }
  .bar {
    grid-column: 2;
    height: 3px;
    margin-top: 2px;
    border-radius: 2px;
    background: var(--seqsal-strength-18);
  }
  .bar.support {
    background: var(--seqsal-support-18);
  }
  .bar.against {
    background: var(--seqsal-against-18);
  }
  /* What removals do: hatched, so that it is distinct from the map without colours too. */
  .bar.removal {
    height: 4px;
    background: repeating-linear-gradient(-45deg, var(--bar, var(--seqsal-support-18)) 0 2px, transparent 2px 3.5px);
  }
  .bar.removal.against {
    --bar: var(--seqsal-against-18);
  }
  .key {
    display: inline-block;
    width: 18px;
    margin: 0 4px 2px 0;
    vertical-align: middle;
  }
`;
