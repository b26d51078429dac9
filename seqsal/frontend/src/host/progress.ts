import type { Progress, ReportProgress } from '../core/state/host.js';

type Fields = Readonly<Record<string, unknown>>;

/** Turns the events `queued` and `progress` of Python's `tasks.Task` into progress reports. */
export function progressReporter(report?: ReportProgress): (event: string, data: Fields) => void {
  let text = '';
  return (event, data) => {
    if (event === 'queued') report?.({ stage: 'queued', position: Number(data['place']) });
    if (event !== 'progress') return;
    text = data['stage'] === 'writing' ? text + String(data['text']) : '';
    report?.(progressIn(data, text));
  };
}

function progressIn(data: Fields, text: string): Progress {
  switch (data['stage']) {
    case 'writing':
      return { stage: 'writing', text, ...(typeof data['opened'] === 'string' && { opened: data['opened'] }) };
    case 'selection':
      return { stage: 'selection', number: Number(data['number']), of: Number(data['of']) };
    default:
      return { stage: 'forward' };
  }
}
