import { css, unsafeCSS } from 'lit';
import { RAMPS, shades } from '../../core/scores/colour.js';
import type { Theme } from '../../core/scores/colour.js';

/** The module's palette, set on `seqsal-view` and inherited by its parts. The light theme has LIT's own teal and greys. */
export const palette = css`
  :host {
    color-scheme: light;
    --seqsal-ink: #202124;
    --seqsal-muted: #5f6368;
    --seqsal-line: #dadce0;
    --seqsal-surface: #ffffff;
    --seqsal-raised: #f5f9fa;
    --seqsal-hover: #e9f1f4;
    --seqsal-accent: #1f6180;
    --seqsal-accent-soft: #d8f2ed;
    --seqsal-edge: #52a6b3;
    --seqsal-selected: #263238;
    --seqsal-selected-ink: #ffffff;
    --seqsal-danger: #b3261e;
    --seqsal-danger-soft: #fceeee;
    --seqsal-sure: #0b7d6e;
    --seqsal-likely: #4a6fa5;
    --seqsal-unsure: #b45f06;
    --seqsal-surprised: #c5221f;
    --seqsal-added: #188038;
    --seqsal-removed: #c5221f;
    --seqsal-moved: #1967d2;
    ${unsafeCSS(heatVariables('light'))}
  }
  :host([theme='dark']) {
    color-scheme: dark;
    --seqsal-ink: #e8eaed;
    --seqsal-muted: #a8adb3;
    --seqsal-line: #3c4043;
    --seqsal-surface: #1b1c1f;
    --seqsal-raised: #22272a;
    --seqsal-hover: #2b3338;
    --seqsal-accent: #8fd3e0;
    --seqsal-accent-soft: #21404a;
    --seqsal-edge: #3f8a97;
    --seqsal-selected: #f1f3f4;
    --seqsal-selected-ink: #1b1c1f;
    --seqsal-danger: #ff9d94;
    --seqsal-danger-soft: #3a2321;
    --seqsal-sure: #5fd0bf;
    --seqsal-likely: #8ab4f8;
    --seqsal-unsure: #f0a04b;
    --seqsal-surprised: #ff8a80;
    --seqsal-added: #81c995;
    --seqsal-removed: #ff8a80;
    --seqsal-moved: #8ab4f8;
    ${unsafeCSS(heatVariables('dark'))}
  }
`;

/** --seqsal-strength-1 and --seqsal-strength-1-ink, and so on for each level of each ramp. */
function heatVariables(theme: Theme): string {
  return RAMPS.flatMap((ramp) =>
    shades(ramp, theme).map(({ background, text }, i) => {
      const name = `--seqsal-${ramp}-${String(i + 1)}`;
      return `${name}:${background};${name}-ink:${text};`;
    }),
  ).join('');
}

/** Styles that all controls share. */
export const controls = css`
  :host {
    box-sizing: border-box;
    font:
      12px/18px Roboto,
      system-ui,
      sans-serif;
    color: var(--seqsal-ink);
  }
  :host([hidden]) {
    display: none;
  }
  *,
  *::before {
    box-sizing: border-box;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    cursor: pointer;
  }
  .button {
    height: 26px;
    padding: 0 10px;
    border: 1px solid var(--seqsal-line);
    border-radius: 4px;
    background: var(--seqsal-surface);
    color: var(--seqsal-accent);
    white-space: nowrap;
  }
  .button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  .button:hover:enabled {
    background: var(--seqsal-hover);
  }
  .label {
    color: var(--seqsal-muted);
    white-space: nowrap;
  }
  :focus-visible {
    outline: 2px solid var(--seqsal-accent);
    outline-offset: 1px;
  }
`;

/** The heading of a view that has no text to show. */
export const heading = css`
  h2 {
    margin: 0;
    font:
      500 16px/24px 'Google Sans',
      Roboto,
      system-ui,
      sans-serif;
    color: var(--seqsal-ink);
  }
`;
