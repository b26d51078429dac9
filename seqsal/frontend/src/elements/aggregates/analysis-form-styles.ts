import { css } from 'lit';

export const analysisFormStyles = css`
  :host {
    display: block;
    container: analysis-form / inline-size;
    padding: 6px 12px;
    border-bottom: 1px solid var(--seqsal-line);
    background: var(--seqsal-raised);
  }
  form {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 20px;
  }
  .field {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 6px;
    min-width: 0;
  }
  .field:has(textarea),
  .field:has(.expression) {
    flex-basis: 100%;
  }
  .pair {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }
  label {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    white-space: nowrap;
  }
  input[type='checkbox'] {
    margin: 0;
    accent-color: var(--seqsal-accent);
  }
  .expression,
  textarea {
    flex: 1;
    min-width: 200px;
    padding: 3px 8px;
    border: 1px solid var(--seqsal-line);
    border-radius: 4px;
    background: var(--seqsal-surface);
    color: inherit;
    font:
      12px/18px 'Share Tech Mono',
      ui-monospace,
      monospace;
  }
  .expression {
    height: 26px;
  }
  textarea {
    flex-basis: 100%;
    resize: vertical;
  }
  [aria-invalid='true'] {
    border-color: var(--seqsal-danger);
    background: var(--seqsal-danger-soft);
  }
  .run:enabled {
    border-color: var(--seqsal-accent);
    background: var(--seqsal-accent);
    color: var(--seqsal-surface);
    font-weight: 500;
  }
  .run:hover:enabled {
    filter: brightness(1.15);
    background: var(--seqsal-accent);
  }
  .problem {
    color: var(--seqsal-danger);
    overflow-wrap: anywhere;
  }
  .problem:empty {
    display: none;
  }
  .problem:not(:empty) {
    flex-basis: 100%;
  }
  .hint {
    color: var(--seqsal-muted);
  }
  /* Of two models side by side. */
  @container analysis-form (width < 400px) {
    form {
      row-gap: 4px;
    }
    .wide {
      display: none;
    }
  }
`;
