import { dashesOf, pointsOf, runsLeft } from '../../core/saved/drawing.js';
import type { Drawing } from '../../core/saved/drawing.js';

/** Pixels of the picture for each CSS pixel, so that text is sharp in print and on high-density screens. */
const SCALE = 2;

/** A drawing as a PNG file. */
export async function toPng(drawing: Drawing): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(drawing.width * SCALE);
  canvas.height = Math.ceil(drawing.height * SCALE);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser provides no canvas for a picture of this size.');
  context.scale(SCALE, SCALE);
  drawOn(context, drawing);
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/png');
  });
  if (blob === null) throw new Error('The browser could not make a picture of this size.');
  return blob;
}

function drawOn(context: CanvasRenderingContext2D, { width, height, background, font, ...parts }: Drawing): void {
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  for (const box of parts.boxes) {
    context.beginPath();
    context.roundRect(box.x, box.y, box.width, box.height, 2);
    context.fillStyle = box.fill;
    context.fill();
    context.strokeStyle = box.edge;
    context.lineWidth = 1;
    if (box.edge !== '') context.stroke();
  }
  for (const line of parts.lines) {
    context.beginPath();
    for (const [x, y] of pointsOf(line)) context.lineTo(x, y);
    context.setLineDash([...dashesOf(line)]);
    context.lineWidth = line.thickness;
    context.strokeStyle = line.colour;
    context.stroke();
  }
  for (const { x, y, width: room, text, size, bold, colour } of parts.texts) {
    context.font = `${bold ? '500 ' : ''}${String(size)}px ${font}`;
    context.fillStyle = colour;
    context.direction = runsLeft(text) ? 'rtl' : 'ltr';
    context.textAlign = 'left';
    context.fillText(text, x, y, room + 1);
  }
}
