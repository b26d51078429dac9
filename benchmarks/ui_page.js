// Measurements inside the page, the same for both modules.
window.bench = (() => {
  /** Milliseconds without a change after which the result of a click is complete. */
  const SETTLED_MS = 400;
  const GIVE_UP_MS = 100_000;
  const FRAME_MS = 1000 / 60;

  const segmentsOf = (root, holder, segment) => {
    let inner = root;
    for (const name of holder) inner = inner?.shadowRoot?.querySelector(name);
    return [...(inner?.shadowRoot?.querySelectorAll(segment) ?? [])];
  };

  /** The style of 64 segments across the text, and the number of segments. */
  const look = (root, holder, segment) => {
    const all = segmentsOf(root, holder, segment);
    const step = Math.max(1, Math.floor(all.length / 64));
    const some = all.filter((_, i) => i % step === 0);
    return `${all.length}|${some.map((e) => `${e.className} ${e.style.cssText} ${e.textContent}`).join('|')}`;
  };

  const bench = {
    /** The time from the next click to the end of the frame with its last change. */
    watch(root, holder, segment) {
      bench.changed = new Promise((resolve, reject) => {
        const began = performance.now();
        let start = null;
        let last = look(root, holder, segment);
        let changed = null;
        const onClick = (event) => {
          start = event.timeStamp;
        };
        addEventListener('click', onClick, { capture: true, once: true });
        let painting = false;
        // A frame ends when a message posted in it arrives, or when the next frame begins.
        const over = () => {
          if (painting) [painting, changed] = [false, performance.now()];
        };
        const channel = new MessageChannel();
        channel.port1.onmessage = over;
        const step = () => {
          over();
          const present = start === null ? last : look(root, holder, segment);
          if (present !== last) {
            [last, painting] = [present, true];
            channel.port2.postMessage(null);
          }
          const now = performance.now();
          if (changed !== null && !painting && now - changed > SETTLED_MS) resolve(changed - start);
          else if (now - began > GIVE_UP_MS) reject(new Error('nothing changed in time'));
          else requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      });
    },

    count: (root, holder, segment) => segmentsOf(root, holder, segment).length,

    painted(root, holder, segment) {
      const all = segmentsOf(root, holder, segment);
      const bare = ['rgba(0, 0, 0, 0)', 'rgb(255, 255, 255)'];
      return all.filter((e) => !bare.includes(getComputedStyle(e).backgroundColor)).length / all.length;
    },

    /** The time from the next key to the end of the frame that shows it. */
    watchKey() {
      bench.typed = new Promise((resolve, reject) => {
        const onKey = (event) => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => resolve(performance.now() - event.timeStamp);
          // The frame after the handlers of this key; the message arrives once it is painted.
          requestAnimationFrame(() => channel.port2.postMessage(null));
        };
        addEventListener('keydown', onKey, { capture: true, once: true });
        setTimeout(() => reject(new Error('no key was pressed in time')), GIVE_UP_MS);
      });
    },

    countFrames() {
      const times = [];
      bench.times = times;
      const step = (now) => {
        if (bench.times !== times) return;
        times.push(now);
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    },

    droppedFrames() {
      const { times } = bench;
      bench.times = null;
      const due = Math.round((times.at(-1) - times[0]) / FRAME_MS);
      return Math.max(0, 1 - (times.length - 1) / due);
    },
  };
  return bench;
})();
