/** The same function with a cache of its last call, compared argument by argument with `Object.is`. */
export function memo<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { args: A; result: R } | null = null;
  return (...args) => {
    const cached = last;
    if (cached !== null && args.every((arg, i) => Object.is(arg, cached.args[i]))) return cached.result;
    last = { args, result: compute(...args) };
    return last.result;
  };
}
