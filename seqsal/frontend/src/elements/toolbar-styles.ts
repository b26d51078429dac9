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
  /* The first row holds the sequence and the display, the second what cuts and scores. */
  @container seqsal (width < 800px) {
    .group > .label {
      display: none;
    }
    .sequence {
      flex-basis: calc(100% - 110px);
    }
    .group:not(.sequence) {
      order: 1;
    }
    seqsal-pattern {
      order: 2;
    }
  }
  @container seqsal (width < 440px) {
    :host {
      gap: 4px 6px;
      padding-inline: 6px;
    }
    .sequence {
      flex-basis: calc(100% - 50px);
    }
    .group:not(.sequence),
    .group:not(.sequence) > seqsal-choice {
      flex: 1 1 40%;
    }
  }
`;
