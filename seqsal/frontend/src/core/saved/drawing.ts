/** A picture as lists of shapes, from back to front. Lengths are CSS pixels, colours are CSS colours. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly font: string;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly texts: readonly Text[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  /** The colour of its border, or ''. */
  readonly edge: string;
}

/** An underline. */
export interface Line {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly style: string;
  readonly thickness: number;
  readonly colour: string;
}

export interface Text {
  /** Its left edge, for either direction of text. */
  readonly x: number;
  /** Its baseline. */
  readonly y: number;
  readonly width: number;
  readonly text: string;
  readonly size: number;
  readonly bold: boolean;
  readonly colour: string;
}

const RADIUS = 2;
/** Right-to-left scripts: Hebrew, Arabic and related ones. */
const RIGHT_TO_LEFT = /^[^\p{L}]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** Whether a text's first letter belongs to a right-to-left script. */
export function runsLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/** The dash pattern of a line style: lengths of dashes and gaps. */
export function dashesOf({ style, thickness }: Line): readonly number[] {
  if (style === 'dotted') return [thickness, thickness];
  return style === 'dashed' ? [3 * thickness, 2 * thickness] : [];
}

/** The points of a wave as [x, y], or the two ends of a straight line. */
export function pointsOf({ x, y, width, style, thickness }: Line): readonly (readonly [number, number])[] {
  if (style !== 'wavy') {
    return [
      [x, y],
      [x + width, y],
    ];
  }
  const steps = Math.max(2, Math.round(width / (2 * thickness)));
  return Array.from({ length: steps + 1 }, (_, i) => [
    x + (width * i) / steps,
    y + (i % 2 === 0 ? thickness : -thickness),
  ]);
}

export function toSvg(drawing: Drawing): string {
  const { width, height, background, font, boxes, lines, texts } = drawing;
  const size = `width="${fixed(width)}" height="${fixed(height)}" viewBox="0 0 ${fixed(width)} ${fixed(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${escapeXml(font)}">`,
    `<rect width="100%" height="100%" fill="${escapeXml(background)}"/>`,
    ...boxes.map(boxSvg),
    ...lines.map(lineSvg),
    ...texts.map(textSvg),
    '</svg>\n',
  ].join('\n');
}

function boxSvg({ x, y, width, height, fill, edge }: Box): string {
  const place = `x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" rx="${String(RADIUS)}"`;
  return `<rect ${place} fill="${escapeXml(fill)}"${edge === '' ? '' : ` stroke="${escapeXml(edge)}"`}/>`;
}

function lineSvg(line: Line): string {
  const points = pointsOf(line).map(([x, y]) => `${fixed(x)},${fixed(y)}`);
  const dashes = dashesOf(line);
  const dashed = dashes.length > 0 ? ` stroke-dasharray="${dashes.join(' ')}"` : '';
  const stroke = `stroke="${escapeXml(line.colour)}" stroke-width="${String(line.thickness)}"${dashed}`;
  return `<polyline points="${points.join(' ')}" fill="none" ${stroke}/>`;
}

/** Has a fixed width, so that it fits with other fonts too. */
function textSvg({ x, y, width, text, size, bold, colour }: Text): string {
  const left = runsLeft(text);
  const place = `x="${fixed(left ? x + width : x)}" y="${fixed(y)}"${left ? ' direction="rtl"' : ''}`;
  const length = `textLength="${fixed(width)}" lengthAdjust="spacingAndGlyphs"`;
  const look = `font-size="${String(size)}"${bold ? ' font-weight="500"' : ''} fill="${escapeXml(colour)}"`;
  return `<text ${place} ${length} ${look} xml:space="preserve">${escapeXml(text)}</text>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}

const NAMES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes text, and removes control characters that XML 1.0 does not allow. */
function escapeXml(text: string): string {
  const allowed = text.replaceAll(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '');
  return allowed.replaceAll(/[&<>"]/g, (sign) => NAMES[sign] ?? sign);
}
