import type { FindStarts } from '../core/state/segmenter.js';
import { patternStarts } from '../core/text/pattern.js';

export const TOO_LONG = 'This expression takes too long on this text.';

const LIMIT_MS = 1000;

/** Sends null when it starts and then its result: on a busy machine, starting a worker may take long. */
const SOURCE = `onmessage = ({ data: [text, regex, role] }) => {
  postMessage(null);
  postMessage((${patternStarts.toString()})(text, regex, role));
};`;

/**
 * Runs the pattern in a worker, which is terminated after a time limit.
 *
 * A regular expression such as (a+)+$ can take years in one uninterruptible call, which would freeze the page.
 */
export const findStartsInWorker: FindStarts = async (text, regex, role, signal) => {
  const url = URL.createObjectURL(new Blob([SOURCE], { type: 'text/javascript' }));
  const worker = new Worker(url);
  try {
    return await resultOf(worker, [text, regex, role], signal);
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
};

function resultOf(worker: Worker, input: unknown, signal: AbortSignal): Promise<readonly number[]> {
  let timer: ReturnType<typeof setTimeout>;
  return new Promise<readonly number[]>((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new DOMException('The text or the expression has changed.', 'AbortError'));
    });
    worker.onerror = () => {
      reject(new Error('The browser does not allow this page to run an expression.'));
    };
    worker.onmessage = ({ data }: MessageEvent<readonly number[] | null>) => {
      if (data !== null) resolve(data);
      else
        timer = setTimeout(() => {
          reject(new Error(TOO_LONG));
        }, LIMIT_MS);
    };
    worker.postMessage(input);
  }).finally(() => {
    clearTimeout(timer);
  });
}
