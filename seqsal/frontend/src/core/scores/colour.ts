import palette from '../../../../shared/palette.json';
import { STEPS } from './heat.js';

/** Red, green and blue from 0 to 1, in sRGB. */
export type Rgb = readonly [number, number, number];

export type Theme = keyof typeof palette.ramps;
/** `strength` is for unsigned scores. Of signed scores, a positive one supports the selection and a negative one speaks against it. */
export type Ramp = keyof (typeof palette.ramps)[Theme];
export const RAMPS = Object.keys(palette.ramps.light) as Ramp[];

export interface Shade {
  readonly background: string;
  readonly text: string;
}

/**
 * Level 1 to STEPS of a ramp, weakest first, each with the ink that reads best on it (4.5:1 or better).
 *
 * Purple is the paper's colour. Teal and ochre are distinct with every common kind of colour blindness, and have the same
 * lightness at the same level.
 */
export function shades(ramp: Ramp, theme: Theme): Shade[] {
  const [from, to] = palette.ramps[theme][ramp].map(parseHex).map(toOklab) as [Rgb, Rgb];
  return Array.from({ length: STEPS }, (_, i) => {
    const background = toHex(fromOklab(mix(from, to, i / (STEPS - 1))));
    return { background, text: inkOn(background) };
  });
}

function inkOn(background: string): string {
  const [dark, light] = palette.inks as [string, string];
  return contrast(background, dark) >= contrast(background, light) ? dark : light;
}

/** The WCAG 2 contrast ratio of two colours written as #rrggbb, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(parseHex(a)), luminance(parseHex(b))].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map(toLinear) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function parseHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

function toHex(colour: Rgb): string {
  const bytes = colour.map((part) => Math.round(Math.min(1, Math.max(0, part)) * 255));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

function toLinear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function fromLinear(part: number): number {
  return part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055;
}

// Equal steps look equal in OKLab, but not in sRGB. https://bottosson.github.io/posts/oklab/
function toOklab(colour: Rgb): Rgb {
  const [r, g, b] = colour.map(toLinear) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Rgb): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
