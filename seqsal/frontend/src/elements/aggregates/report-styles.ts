import { css } from 'lit';

export const reportStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100%;
    background: var(--seqsal-surface);
    font-size: 13px;
    line-height: 19px;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 4px 24px;
    padding: 10px 20px;
    border-bottom: 1px solid var(--seqsal-line);
    background: var(--seqsal-raised);
  }
  .title {
    flex: 1 1 400px;
    min-width: 0;
  }
  h1 {
    margin: 0;
    font-size: 18px;
    font-weight: 500;
    line-height: 24px;
  }
  h2 {
    margin: 0;
    font-size: 14px;
    font-weight: 500;
  }
  h3 {
    margin: 16px 0 4px;
    font-size: 13px;
    font-weight: 500;
  }
  p {
    margin: 2px 0 8px;
    color: var(--seqsal-muted);
  }
  header p {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .finding {
    color: var(--seqsal-ink);
  }
  select {
    height: 28px;
    border: 1px solid var(--seqsal-line);
    border-radius: 4px;
    background: var(--seqsal-surface);
  }
  .columns {
    display: flex;
    flex: 1;
    min-height: 0;
  }
  .main {
    flex: 1;
    min-width: 0;
    overflow-y: auto;
    padding: 0 20px 20px;
  }
  aside {
    display: flex;
    flex: none;
    flex-direction: column;
    width: clamp(260px, 27%, 420px);
    padding: 12px 16px;
    border-inline-start: 1px solid var(--seqsal-line);
  }
  seqsal-record-list {
    flex: 1;
  }
  section {
    margin-top: 14px;
  }
  section + section {
    padding-top: 14px;
    border-top: 1px solid var(--seqsal-line);
  }
  table {
    width: 100%;
    border-collapse: collapse;
  }
  th,
  td {
    padding: 4px 8px 4px 0;
    border-top: 1px solid var(--seqsal-line);
    font-weight: inherit;
    text-align: start;
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  thead th {
    border-top: 0;
    color: var(--seqsal-muted);
    font-size: 11px;
  }
  .number {
    font-variant-numeric: tabular-nums;
    text-align: end;
    overflow-wrap: normal;
  }
  .muted {
    color: var(--seqsal-muted);
    font-size: 12px;
  }
  .plot {
    width: 30%;
  }
  .plot .left {
    float: inline-start;
  }
  .plot .right {
    float: inline-end;
  }
  .track {
    position: relative;
    height: 18px;
    background: linear-gradient(var(--seqsal-muted) 0 0) center / 1px 100% no-repeat;
  }
  .bar {
    position: absolute;
    inset-block: 3px;
    min-width: 1px;
    background: var(--seqsal-support-14);
  }
  .bar.against {
    background: var(--seqsal-against-14);
  }
  .interval {
    position: absolute;
    inset-block: 5px;
    border: solid var(--seqsal-ink);
    border-width: 0 1px;
    background: linear-gradient(var(--seqsal-ink) 0 0) center / 100% 1px no-repeat;
  }
  .link {
    padding: 0;
    border: 0;
    background: none;
    color: var(--seqsal-accent);
    text-align: start;
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  dl {
    display: grid;
    grid-template-columns: max-content 1fr;
    gap: 2px 16px;
    margin: 6px 0 0;
  }
  dt {
    color: var(--seqsal-muted);
  }
  dd {
    margin: 0;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  @media (width < 800px) {
    .columns {
      display: block;
      overflow-y: auto;
    }
    .main {
      overflow: visible;
    }
    aside {
      width: auto;
      border: 0;
    }
  }
`;
