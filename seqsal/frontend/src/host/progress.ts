import type { Report, Tell } from '../core/state/host.js';

type Fields = Readonly<Record<string, unknown>>;

/** Takes what Python's `tasks.Task` tells of a piece of work, `queued` and `progress`, and tells it as reports. */
export function reporter(tell?: Tell): (event: string, data: Fields) => void {
  let text = '';
  return (event, data) => {
    if (event === 'queued') tell?.({ stage: 'queued', place: Number(data['place']) });
    if (event !== 'progress') return;
    text = data['stage'] === 'writing' ? text + String(data['text']) : '';
    tell?.(reportIn(data, text));
  };
}

function reportIn(data: Fields, text: string): Report {
  switch (data['stage']) {
    case 'writing':
      return { stage: 'writing', text };
    case 'selection':
      return { stage: 'selection', number: Number(data['number']), of: Number(data['of']) };
    default:
      return { stage: 'forward' };
  }
}
