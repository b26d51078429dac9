import { css } from 'lit';

export const trailStyles = css`
  :host {
    display: block;
  }
  section {
    border-top: 1px solid var(--seqsal-line);
    background: var(--seqsal-raised);
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 12px;
    padding: 3px 12px;
  }
  .tools {
    display: flex;
    gap: 10px;
    margin-inline-start: auto;
  }
  button {
    padding: 0;
    border: 0;
    background: none;
  }
  .fold {
    font-weight: 500;
  }
  .link {
    color: var(--seqsal-accent);
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  [role='tree'] {
    max-height: 92px;
    padding-block-end: 3px;
    overflow-y: auto;
  }
  [role='treeitem'] {
    display: grid;
    grid-template-columns: 2ch minmax(0, 1fr) auto minmax(0, 1.2fr) 18px 18px;
    align-items: center;
    gap: 0 8px;
    padding: 1px 12px;
    white-space: nowrap;
    cursor: pointer;
  }
  [role='treeitem']:hover {
    background: var(--seqsal-hover);
  }
  [role='treeitem']:focus-visible {
    outline-offset: -2px;
  }
  [aria-selected='true'] {
    background: var(--seqsal-accent-soft);
    font-weight: 500;
  }
  .number {
    text-align: end;
    color: var(--seqsal-muted);
  }
  .change {
    display: flex;
    gap: 6px;
  }
  .name,
  .answer {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .answer {
    color: var(--seqsal-muted);
    font-weight: 400;
  }
  .beside {
    padding-inline: 4px;
    border: 1px solid var(--seqsal-line);
    border-radius: 3px;
    font-size: 11px;
    font-weight: 400;
  }
  .verdicts {
    display: inline-flex;
    gap: 4px;
  }
  .pass {
    color: var(--seqsal-sure);
  }
  .fail,
  .problem {
    color: var(--seqsal-danger);
  }
  .problem {
    margin: 0;
    padding: 0 12px 3px;
  }
  [role='treeitem'] button {
    color: var(--seqsal-muted);
  }
  [role='treeitem'] button:hover {
    color: var(--seqsal-ink);
  }
  [role='treeitem'] button[aria-pressed='true'] {
    color: var(--seqsal-unsure);
  }
  @container seqsal (width < 440px) {
    .head,
    [role='treeitem'] {
      padding-inline: 6px;
    }
    .tools .link:last-child {
      display: none;
    }
    /* The answer below the change, which has the width of the view. */
    [role='treeitem'] {
      grid-template-columns: 2ch minmax(0, 1fr) auto 18px 18px;
    }
    .answer {
      grid-column: 2 / -1;
      grid-row: 2;
    }
    [role='tree'] {
      max-height: 124px;
    }
  }
`;
