/** The same function, which answers at once when it is called with the very arguments of the call before. */
export function memo<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { args: A; result: R } | null = null;
  return (...args) => {
    const known = last;
    if (known !== null && args.every((arg, i) => Object.is(arg, known.args[i]))) return known.result;
    last = { args, result: compute(...args) };
    return last.result;
  };
}
