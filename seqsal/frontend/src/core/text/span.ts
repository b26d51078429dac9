/** A half-open range [start, end), of tokens or of characters. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
