import { css } from 'lit';

export const analysisStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100%;
    overflow: auto;
    background: var(--seqsal-surface);
  }
  p {
    margin: 0;
  }
  .empty {
    max-width: 70ch;
    padding: 16px 12px;
    color: var(--seqsal-muted);
  }
  .status {
    display: flex;
    align-items: center;
    gap: 10px;
    padding: 6px 12px;
    border-bottom: 1px solid var(--seqsal-line);
  }
  .failed {
    color: var(--seqsal-danger);
    overflow-wrap: anywhere;
  }
  progress {
    flex: 1;
    min-width: 60px;
    max-width: 320px;
    accent-color: var(--seqsal-accent);
  }
  .hint {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
    padding: 6px 12px;
    color: var(--seqsal-muted);
  }
  select {
    height: 22px;
    padding: 0 2px;
    border: 1px solid var(--seqsal-line);
    border-radius: 4px;
    background: var(--seqsal-surface);
    color: var(--seqsal-ink);
  }
  b {
    font-weight: 500;
    color: var(--seqsal-ink);
  }
  details {
    padding: 8px 12px;
    border-top: 1px solid var(--seqsal-line);
  }
  summary {
    color: var(--seqsal-danger);
    cursor: pointer;
  }
  ul {
    margin: 4px 0;
    padding-inline-start: 18px;
  }
  li {
    overflow-wrap: anywhere;
  }
  .link {
    padding: 0;
    border: 0;
    background: none;
    color: var(--seqsal-accent);
    text-decoration: underline;
    text-underline-offset: 2px;
  }
`;
