import { css } from 'lit';

export const toolbarStyles = css`
  :host {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 12px;
    padding: 5px 12px;
    border-bottom: 1px solid var(--seqsal-line);
    background: var(--seqsal-surface);
  }
  .group {
    display: flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
  }
  .sequence {
    flex: 1 1 220px;
  }
  select {
    flex: 1;
    min-width: 0;
    height: 26px;
    padding: 0 4px;
    border: 1px solid var(--seqsal-line);
    border-radius: 4px;
    background: var(--seqsal-surface);
    text-overflow: ellipsis;
  }
  seqsal-pattern {
    flex-basis: 100%;
  }
  .ranking {
    display: flex;
    align-items: center;
    gap: 6px;
    padding-inline: 8px;
  }
  .ranking[aria-pressed='true'] {
    border-color: var(--seqsal-accent);
    background: var(--seqsal-accent-soft);
  }
  @container seqsal (width < 680px) {
    .word {
      display: none;
    }
  }
  /* The first row holds the sequence and the display, the second what cuts and scores. */
  @container seqsal (width < 1400px) {
    .group > .label {
      display: none;
    }
    .sequence {
      flex-basis: calc(100% - 340px);
    }
    .group:not(.sequence, .tools) {
      order: 1;
    }
    seqsal-pattern {
      order: 2;
    }
  }
  @container seqsal (width < 680px) {
    .sequence {
      flex-basis: calc(100% - 180px);
    }
  }
  @container seqsal (width < 440px) {
    :host {
      gap: 4px 6px;
      padding-inline: 6px;
    }
    .sequence {
      flex-basis: calc(100% - 160px);
    }
    .tools {
      gap: 4px;
    }
    .group:not(.sequence, .tools),
    .group:not(.sequence, .tools) > seqsal-choice {
      flex: 1 1 40%;
    }
  }
`;
