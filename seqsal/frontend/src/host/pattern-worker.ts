import type { FindStarts } from '../core/state/cutting.js';
import { patternStarts } from '../core/text/pattern.js';

export const TOO_LONG = 'This expression takes too long on this text.';

const LIMIT_MS = 1000;

/** Tells that it has begun, then what it has found: a busy machine may need long to start a worker at all. */
const SOURCE = `onmessage = ({ data: [text, regex, role] }) => {
  postMessage(null);
  postMessage((${patternStarts.toString()})(text, regex, role));
};`;

/**
 * Runs the pattern in a worker, which is ended when its time is up.
 *
 * A regular expression such as (a+)+$ can take years in one call that nothing else interrupts, and meanwhile the page
 * would be dead.
 */
export const findStartsInWorker: FindStarts = async (text, regex, role, signal) => {
  const url = URL.createObjectURL(new Blob([SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url);
  try {
    return await answerOf(worker, [text, regex, role], signal);
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
};

function answerOf(worker: Worker, question: unknown, signal: AbortSignal): Promise<readonly number[]> {
  let timer: ReturnType<typeof setTimeout>;
  return new Promise<readonly number[]>((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new DOMException('The text or the expression has changed.', 'AbortError'));
    });
    worker.onerror = () => {
      reject(new Error('The browser does not let this page try an expression.'));
    };
    worker.onmessage = ({ data }: MessageEvent<readonly number[] | null>) => {
      if (data !== null) resolve(data);
      else
        timer = setTimeout(() => {
          reject(new Error(TOO_LONG));
        }, LIMIT_MS);
    };
    worker.postMessage(question);
  }).finally(() => {
    clearTimeout(timer);
  });
}
