// Formats numbers and texts, the same in every part of the view.

export function shorten(text: string, most = 36): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > most ? `${line.slice(0, most - 2)}…` : line;
}

export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return '<\u202f0.1\u00a0%';
  return `${(share * 100).toFixed(share > 0 && share < 0.01 ? 1 : 0)}\u00a0%`;
}

export function whole(count: number): string {
  return count.toLocaleString('en');
}

export function score(value: number): string {
  return value === 0 ? '0' : value.toPrecision(3);
}

export function ordinal(rank: number): string {
  const suffix = new Intl.PluralRules('en', { type: 'ordinal' }).select(rank);
  return `${String(rank)}${{ one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[suffix]}`;
}

/** A log-probability with two digits, without "-0.00". */
export function logprob(value: number): string {
  return value > -0.005 ? '0.00' : value.toFixed(2).replace('-', '−');
}
