import { css } from 'lit';

/** The blocks of thinking, and their headers. */
export const thinkingStyles = css`
  .thinking {
    margin-block: 2px 4px;
  }
  .thinking .part {
    margin-block-start: 2px;
    padding-inline-start: 9px;
    border-inline-start: 2px dashed var(--seqsal-line);
    color: var(--seqsal-muted);
  }
  .fold {
    display: inline-flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 12px;
    margin: 0 0 0 -4px;
    padding: 1px 6px 1px 4px;
    border: 0;
    border-radius: 3px;
    background: var(--heat, none);
    font: inherit;
    font-size: 11px;
    line-height: 18px;
    font-weight: 500;
    text-align: start;
    color: var(--heat-ink, var(--seqsal-muted));
    cursor: pointer;
  }
  .fold::before {
    content: '▸';
    margin-inline-end: -8px;
  }
  .fold[aria-expanded='true']::before {
    content: '▾';
  }
  .fold:hover {
    box-shadow: 0 0 0 1px var(--seqsal-muted);
  }
  .fold:focus-visible {
    outline: 2px solid var(--seqsal-accent);
    outline-offset: 1px;
  }
  .share:empty {
    display: none;
  }
`;
