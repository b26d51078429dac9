import { differs } from './thinking.js';

/** The reactive properties of `seqsal-text`. */
export const textProperties = {
  prompt: {},
  target: {},
  targetLabel: {},
  segments: { attribute: false },
  levels: { attribute: false },
  signed: { type: Boolean },
  marks: { attribute: false },
  anchorSpan: { attribute: false },
  density: { reflect: true },
  marking: { reflect: true },
  special: { type: Boolean, reflect: true },
  messages: { attribute: false },
  tokens: { attribute: false },
  certainty: { attribute: false },
  changes: { attribute: false },
  logprobs: { attribute: false },
  thinking: { attribute: false, hasChanged: differs },
  edit: { attribute: false },
  drafted: { state: true },
};
