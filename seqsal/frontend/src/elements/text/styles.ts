import { css, unsafeCSS } from 'lit';
import { RAMPS } from '../../core/scores/colour.js';
import { STEPS } from '../../core/scores/heat.js';
import { CERTAINTY_RULES } from './certainty-painter.js';
import { CHANGE_RULES } from './changes-painter.js';

const heat = RAMPS.flatMap((ramp) =>
  Array.from({ length: STEPS }, (_, i) => {
    const name = `${ramp}-${String(i + 1)}`;
    return `.${name}{--heat:var(--seqsal-${name});--heat-ink:var(--seqsal-${name}-ink)}`;
  }),
).join('');

export const textStyles = css`
  :host {
    display: block;
    position: relative;
    overflow: auto;
    /* In a notebook, where a view is one of many cells, the page continues to scroll at the end of the text. */
    overscroll-behavior: var(--seqsal-overscroll, contain);
    padding: 4px 12px 12px;
    background: var(--seqsal-surface);
  }
  .region {
    margin-top: 8px;
    padding: 0 8px 2px 11px;
    border-left: 3px solid var(--seqsal-line);
  }
  .target {
    padding-block: 4px 6px;
    border-left-color: var(--seqsal-edge);
    background: var(--seqsal-raised);
    border-radius: 0 4px 4px 0;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 12px;
    user-select: none;
  }
  .name {
    font-size: 11px;
    line-height: 16px;
    font-weight: 500;
    color: var(--seqsal-muted);
  }
  .flow {
    font-size: 13px;
    line-height: 21px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    /* Each line has the direction of its own script. dir="auto" would examine the text again for each inserted span. */
    unicode-bidi: plaintext;
  }
  .message {
    margin-block: 2px 8px;
    padding-inline-start: 9px;
    border-inline-start: 2px solid var(--seqsal-line);
  }
  .message.assistant {
    border-inline-start-color: var(--seqsal-edge);
  }
  .message.document {
    margin-inline-start: 11px;
    border-inline-start-style: dotted;
  }
  .role {
    font-size: 11px;
    line-height: 16px;
    font-weight: 500;
    color: var(--seqsal-muted);
    user-select: none;
  }
  .text {
    min-height: 1em;
    unicode-bidi: plaintext;
  }
  .block {
    content-visibility: auto;
    /* Room for the outline of a segment at the edge. */
    overflow-clip-margin: 6px;
  }
  .block > div {
    unicode-bidi: plaintext;
  }
  .block.open {
    content-visibility: visible;
  }
  :host([density='compact']) .flow {
    font-size: 12px;
    line-height: 16px;
  }
  @container (width < 440px) {
    :host {
      padding-inline: 6px;
    }
    .region {
      padding-inline: 5px 2px;
    }
    /* Room for the pencil. */
    .prompt {
      padding-inline-end: 14px;
    }
  }
  /* An edit in the running text. */
  .field {
    padding: 1px 3px;
    border-radius: 3px;
    outline: 2px solid var(--seqsal-accent);
    background: var(--seqsal-surface);
    color: var(--seqsal-ink);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    box-decoration-break: clone;
    cursor: text;
    user-select: text;
  }
  .field:empty::before {
    content: '(removed)';
    color: var(--seqsal-muted);
  }
  .flow:empty {
    display: none;
  }
  /* An answer in progress: its segments cannot be selected yet. */
  :host([writing]) .target {
    border-left-color: var(--seqsal-accent);
  }
  :host([writing]) .target .flow::after {
    content: '▍';
    color: var(--seqsal-accent);
    animation: blink 1s steps(2, jump-none) infinite;
  }
  /* A stopped answer, which is incomplete. */
  :host([stopped]) .target {
    border-left-style: dashed;
  }
  :host([stopped]) .target .flow {
    color: var(--seqsal-muted);
  }
  @keyframes blink {
    to {
      opacity: 0;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    :host([writing]) .target .flow::after {
      animation: none;
    }
  }
  .s {
    padding-block: 1px;
    border-radius: 2px;
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
    cursor: pointer;
    background: var(--heat, transparent);
    color: var(--heat-ink, inherit);
  }
  :host([marking='underline']) .s:not(.sel) {
    background: none;
    color: inherit;
    border-bottom: 4px solid var(--heat, transparent);
    padding-block: 0;
    border-radius: 0;
  }
  :host([marking='boxes']) .s {
    margin-inline: 1px;
    padding-inline: 2px;
    box-shadow: inset 0 0 0 1px var(--seqsal-line);
  }
  .s[aria-disabled] {
    cursor: default;
  }
  .s:hover {
    box-shadow: 0 0 0 1px var(--seqsal-muted);
  }
  .s[data-here] {
    outline: 2px solid var(--seqsal-accent);
    outline-offset: 1px;
  }
  .s:focus-visible {
    outline: 2px solid var(--seqsal-accent);
    outline-offset: 1px;
  }
  .sel {
    background: var(--seqsal-selected);
    color: var(--seqsal-selected-ink);
  }
  .sel.part {
    background: var(--seqsal-hover);
    color: var(--seqsal-ink);
    outline: 1px dashed var(--seqsal-selected);
    outline-offset: 0;
  }
  .sel.part:focus-visible {
    outline: 2px solid var(--seqsal-accent);
  }
  .special {
    display: none;
  }
  :host([special]) .special {
    display: inline;
    margin-inline: 1px;
    padding-inline: 3px;
    border: 1px solid var(--seqsal-line);
    border-radius: 3px;
    font-size: 11px;
    color: var(--seqsal-muted);
    cursor: default;
  }
  /* The tokens of a chat template: quieter than the messages between them. */
  :host([conversation][special]) .special {
    margin: 0;
    padding: 0;
    border: 0;
  }
  :host([conversation][special]) .special.before {
    margin-inline-end: 3px;
  }
  :host([conversation][special]) .special.after {
    margin-inline-start: 3px;
  }
  /* A token of white space is visible, and lighter than text. */
  .blank::before {
    content: '␣';
    opacity: 0.5;
  }
  .blank.newline::before {
    content: '⏎';
  }
  ${unsafeCSS(heat)}
  ${unsafeCSS(CERTAINTY_RULES)}
  ${unsafeCSS(CHANGE_RULES)}
`;
