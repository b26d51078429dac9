import { css } from 'lit';

export const labelBarsStyles = css`
  :host {
    display: block;
    container: label-bars / inline-size;
    background: var(--seqsal-surface);
  }
  p {
    margin: 0;
    padding: 8px 12px;
    color: var(--seqsal-muted);
  }
  table {
    width: 100%;
    border-collapse: collapse;
    table-layout: fixed;
  }
  th,
  td {
    padding: 4px 6px;
    font-weight: inherit;
    text-align: start;
  }
  thead th {
    color: var(--seqsal-muted);
    font-size: 11px;
    vertical-align: bottom;
  }
  th:first-child {
    width: 30%;
    padding-inline-start: 12px;
  }
  .number {
    width: 72px;
    font-variant-numeric: tabular-nums;
    text-align: end;
    white-space: nowrap;
  }
  .number:nth-child(4) {
    width: 112px;
  }
  tbody tr {
    border-top: 1px solid var(--seqsal-line);
    cursor: pointer;
  }
  tbody tr:hover {
    background: var(--seqsal-hover);
  }
  tbody tr.chosen {
    background: var(--seqsal-accent-soft);
    box-shadow: inset 3px 0 0 var(--seqsal-accent);
  }
  tbody button {
    display: block;
    max-width: 100%;
    overflow: hidden;
    padding: 0;
    border: 0;
    background: none;
    text-align: start;
    text-overflow: ellipsis;
    white-space: nowrap;
    unicode-bidi: plaintext;
  }
  tr:hover button,
  button[aria-pressed='true'] {
    color: var(--seqsal-accent);
    text-decoration: underline;
    text-underline-offset: 2px;
  }
  button[aria-pressed='true'] {
    font-weight: 500;
  }
  .records {
    display: block;
    color: var(--seqsal-muted);
    font-size: 11px;
    line-height: 14px;
  }
  .track {
    position: relative;
    height: 18px;
    background: linear-gradient(var(--seqsal-line) 0 0) left / 1px 100% no-repeat;
  }
  .bar {
    position: absolute;
    inset-block: 3px;
    left: 0;
    min-width: 1px;
    border-radius: 0 2px 2px 0;
    background: var(--seqsal-strength-12);
  }
  /* No more than its length explains: hatched, so that it is distinct without colours, too. */
  .bar.within,
  .bar.below {
    background: repeating-linear-gradient(-45deg, var(--seqsal-strength-12) 0 2px, var(--seqsal-strength-3) 2px 5px);
  }
  .interval {
    position: absolute;
    inset-block: 5px;
    border: solid var(--seqsal-ink);
    border-width: 0 1px;
    background: linear-gradient(var(--seqsal-ink) 0 0) center / 100% 1px no-repeat;
  }
  .even {
    position: absolute;
    inset-block: 0;
    width: 0;
    border-left: 2px dotted var(--seqsal-danger);
  }
  .key {
    display: inline-block;
    margin-inline-end: 8px;
    white-space: nowrap;
  }
  .sample {
    position: relative;
    display: inline-block;
    inset: auto;
    width: 14px;
    height: 9px;
    margin-inline-end: 4px;
    vertical-align: middle;
  }
  .sample.even {
    width: 0;
    height: 14px;
  }
  @container label-bars (width < 560px) {
    .wide {
      display: none;
    }
    th:first-child {
      width: 36%;
    }
  }
`;
