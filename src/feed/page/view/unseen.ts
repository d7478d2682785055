// What was not seen, on a canvas: hatched, so that nobody takes it for quiet.
import { theme } from './theme.ts';

/** All in the canvas's pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const LABEL = 'not seen';
const GAP = 7;

export function drawUnseen(context: CanvasRenderingContext2D, { left, top, width, height }: Box, ratio: number): void {
  if (width <= 0) return;
  const { panel, line, muted, font } = theme();
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.fillStyle = panel;
  context.fillRect(left, top, width, height);
  context.strokeStyle = line;
  context.lineWidth = ratio;
  context.beginPath();
  for (let x = left - height; x < left + width; x += GAP * ratio) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.font = font.replace(/^\d+/, (px) => String(Number(px) * ratio));
  const label = context.measureText(LABEL).width;
  if (width > label + 12 * ratio && height > 30 * ratio) {
    const middle = { x: left + width / 2, y: top + height / 2 };
    context.fillStyle = panel;
    context.fillRect(middle.x - label / 2 - 4 * ratio, middle.y - 8 * ratio, label + 8 * ratio, 16 * ratio);
    context.fillStyle = muted;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(LABEL, middle.x, middle.y);
  }
  context.restore();
}
