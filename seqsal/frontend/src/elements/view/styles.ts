import { css } from 'lit';

export const viewStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100%;
    min-height: 0;
    overflow-y: auto;
    container: seqsal / inline-size;
    background: var(--seqsal-surface);
  }
  .body {
    display: flex;
    flex: 1;
    /* In a pane with less room than this, the module scrolls. */
    min-height: 96px;
  }
  .middle {
    display: flex;
    flex: 1;
    min-width: 0;
    min-height: 0;
  }
  seqsal-ranking {
    flex: none;
    width: min(260px, 34%);
    border-left: 1px solid var(--seqsal-line);
  }
  @container seqsal (width < 560px) {
    .body {
      flex-direction: column;
    }
    seqsal-ranking {
      width: auto;
      height: 38%;
      border-left: 0;
      border-top: 1px solid var(--seqsal-line);
    }
  }
  seqsal-text {
    flex: 1;
    min-width: 0;
  }
  footer {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 16px;
    min-height: 32px;
    padding: 4px 12px;
    border-top: 1px solid var(--seqsal-line);
  }
  seqsal-readout {
    flex: 1 1 clamp(260px, 57cqi, 380px); /* Room for its longest line, where the legend can go below. */
  }
  /* It keeps its space: the first heat must not move the text. */
  seqsal-legend.idle {
    visibility: hidden;
  }
  @container seqsal (width < 440px) {
    footer {
      padding-inline: 6px;
    }
  }
  .empty {
    flex: 1;
    display: grid;
    grid-template-columns: minmax(0, 58ch);
    place-content: safe center;
    gap: 12px;
    overflow: auto;
    padding: 24px;
    text-align: center;
    color: var(--seqsal-muted);
  }
  .empty p {
    margin: 0;
    font-size: 13px;
    line-height: 20px;
  }
`;
