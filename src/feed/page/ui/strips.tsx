// Who limits: the sender's reasons for silence and the receiver's offers as two bands of colour over time, under the plots and
// with their time axis; and how long each reason held in what is shown.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Flow, offeringOf, reasonOf, type Stretch } from '../data/index.ts';
import { sharesOf } from '../data/verdict.ts';
import { theme, type Theme, themeVersion } from '../view/theme.ts';
import { useView } from '../view/use.ts';
import { drawUnseen } from '../view/unseen.ts';
import { AXIS_WIDTH, RIGHT } from './plot.tsx';
import { type View } from '../view/view.ts';

const HEIGHT = 40;

export function Strips({ flow }: { flow: Flow }) {
  const view = useView();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const { fromNs, untilNs } = view;
  const { length } = flow.ends[0].fold.rows;
  // Bands and shares are of the stretch shown, and not of the cursor, which moves with every frame.
  const shown = [flow, fromNs, untilNs, length, flow.ends[1].fold.rows.length, flow.endNs];
  const shares = useMemo(
    () =>
      sharesOf(flow, Math.max(fromNs, flow.beginNs), Math.min(untilNs, flow.endNs)).filter(
        ([, share]) => share >= 0.005,
      ),
    shown,
  );
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(canvas.current?.clientWidth ?? 0));
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => draw(canvas.current!, flow, view), [...shown, width, themeVersion()]);
  const inner = width - AXIS_WIDTH - RIGHT;
  const cursor = (view.cursorNs - fromNs) / (untilNs - fromNs);
  const choose = (event: MouseEvent): void => {
    const box = canvas.current!.getBoundingClientRect();
    const share = (event.clientX - box.left - AXIS_WIDTH) / (box.width - AXIS_WIDTH - RIGHT);
    view.isPlaying = false;
    if (share >= 0) view.moveTo(view.fromNs + share * (view.untilNs - view.fromNs));
  };
  return (
    <div class="plot" role="group" aria-label="Who limits">
      <header>
        <h3>Who limits</h3>
        <ul class="keys">
          {shares.map(([name, share]) => (
            <li key={name}>
              <i class={`key reason-${name}`} />
              {name} <b>{percent(share)}</b>
            </li>
          ))}
        </ul>
      </header>
      <div class="bands">
        <canvas
          ref={canvas}
          class="strips"
          role="img"
          aria-label={`Of the time shown: ${shares.map(([name, share]) => `${name} ${percent(share)}`).join(', ')}.`}
          onClick={choose}
        />
        <div
          class="moment"
          hidden={cursor < 0 || cursor > 1}
          style={{ transform: `translateX(${AXIS_WIDTH + cursor * inner}px)` }}
        />
      </div>
    </div>
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function draw(canvas: HTMLCanvasElement, flow: Flow, view: View): void {
  const width = canvas.clientWidth;
  const inner = width - AXIS_WIDTH - RIGHT;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== HEIGHT * ratio) canvas.height = HEIGHT * ratio;
  const context = canvas.getContext('2d')!;
  const colours = theme();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, HEIGHT);
  context.font = colours.font;
  context.fillStyle = colours.muted;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText('sender', AXIS_WIDTH - 6, 11);
  context.fillText('receiver', AXIS_WIDTH - 6, 31);
  band(context, flow, view, inner, 0, 3, (code) => colours.reasons[reasonOf(code)] ?? colours.line);
  band(context, flow, view, inner, 1, 23, (code) => offeringColour(colours, code));
  for (const [side, top] of [
    [0, 3],
    [1, 23],
  ] as const)
    hatch(context, flow.ends[side].fold.unseen.all, view, inner, top);
}

function hatch(
  context: CanvasRenderingContext2D,
  unseen: readonly Stretch[],
  { fromNs, untilNs }: View,
  pixels: number,
  top: number,
): void {
  const x = (ns: number): number => AXIS_WIDTH + Math.min(1, Math.max(0, (ns - fromNs) / (untilNs - fromNs))) * pixels;
  for (const one of unseen) {
    const left = x(one.fromNs);
    drawUnseen(context, { left, top, width: x(one.untilNs) - left, height: 15 }, 1);
  }
}

function offeringColour(colours: Theme, code: number): string {
  const offering = offeringOf(code);
  return offering === 'zero'
    ? colours.zero
    : offering === 'withheld'
      ? colours.reasons['silly-window']!
      : colours.reasons['handshake']!;
}

/** Of each pixel the code that held longest in it. */
function band(
  context: CanvasRenderingContext2D,
  flow: Flow,
  view: View,
  pixels: number,
  side: 0 | 1,
  top: number,
  colourOf: (code: number) => string,
): void {
  const { rows } = flow.ends[side].fold;
  const { column } = rows;
  const codes = side === 0 ? column.reason : column.offering;
  if (rows.length === 0 || pixels <= 0) return;
  const perPixel = (view.untilNs - view.fromNs) / pixels;
  const end = Math.min(view.untilNs, flow.endNs);
  let row = Math.max(0, rows.at(view.fromNs));
  let runFrom = -1;
  let runCode = -1;
  const held = new Float64Array(256);
  for (let pixel = 0; pixel <= pixels; pixel++) {
    const from = view.fromNs + pixel * perPixel;
    const until = Math.min(end, from + perPixel);
    let code = -1;
    if (pixel < pixels && from < end && until > flow.beginNs) {
      held.fill(0);
      let most = 0;
      for (;;) {
        const next = row + 1 < rows.length ? column.at[row + 1]! : Infinity;
        const share = Math.min(until, next) - Math.max(from, column.at[row]!);
        const own = codes[row]!;
        if (share > 0) held[own]! += share;
        if (held[own]! > most) [most, code] = [held[own]!, own];
        if (next > until) break;
        row++;
      }
    }
    if (code === runCode) continue;
    if (runCode >= 0) {
      context.fillStyle = colourOf(runCode);
      context.fillRect(AXIS_WIDTH + runFrom, top, pixel - runFrom, 15);
    }
    [runFrom, runCode] = [pixel, code];
  }
}
