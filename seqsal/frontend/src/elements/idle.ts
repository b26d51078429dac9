/** Milliseconds of work before the page gets its turn. */
const SLICE_MS = 6;

/** Runs `step` again and again while the page has nothing else to do, until it says false. The result stops it. */
export function whenIdle(step: () => boolean): () => void {
  let stopped = false;
  const slice = (): void => {
    const until = performance.now() + SLICE_MS;
    let more = !stopped;
    while (more && performance.now() < until) more = step();
    if (more) later(slice);
  };
  later(slice);
  return () => {
    stopped = true;
  };
}

/** Safari has no idle callbacks. */
function later(act: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(act);
  else setTimeout(act, 50);
}
