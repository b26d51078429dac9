/** The waits before a job is sent again, in milliseconds. At first none: behind a proxy another process takes it at once. */
const WAITS: readonly number[] = [0, 500, 1000, 2000];
/** The waits of work that goes on in the background: it outlives the start of a server that loads large models, ten minutes. */
export const PATIENT_WAITS: readonly number[] = [...WAITS, ...Array.from({ length: 200 }, () => 3000)];
/** How often a job is started again that broke after its start. A job can be what ends a process: it must not end all of them. */
const MAX_RESTARTS = 2;

/** No server accepted the request. */
export class UnreachableError extends Error {
  constructor(cause?: unknown) {
    super('The server cannot be reached. Is it still running?', { cause });
  }
}

/** A server accepted the request, and was lost before its end. */
export class BrokenError extends Error {
  constructor(cause?: unknown) {
    super('The connection to the server was lost before the end.', { cause });
  }
}

/** Waits for some milliseconds, or until the signal aborts. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export interface RestartOptions {
  /** The waits before each further try, in milliseconds. */
  readonly waits?: readonly number[];
  readonly wait?: Wait;
  /** Called when a server is lost or not reached, before the request is sent again. */
  readonly onLost?: () => void;
}

/**
 * Runs a request, and again after an `UnreachableError` or a `BrokenError`: a process that ends takes its running jobs with it, and
 * another one, or its successor, can do them. Any other error is a reply, which another try would get again.
 *
 * Rejects with the last error if no try succeeds, by default after some seconds.
 */
export async function withRestarts(
  run: () => Promise<void>,
  signal: AbortSignal,
  { waits = WAITS, wait = pause, onLost }: RestartOptions = {},
): Promise<void> {
  let broken = 0;
  for (const milliseconds of waits) {
    try {
      await run();
      return;
    } catch (error) {
      if (error instanceof BrokenError) broken += 1;
      const lost = error instanceof BrokenError || error instanceof UnreachableError;
      if (!lost || signal.aborted || broken > MAX_RESTARTS) throw error;
      onLost?.();
    }
    await wait(milliseconds, signal);
    signal.throwIfAborted();
  }
  await run();
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
