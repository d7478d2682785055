// Bands where the window was zero, over the whole height of a picture. Each begins with a line, so that none is too short to see;
// a wide one is named.
import { type Frame, rounded, type Spec } from './frame.ts';
import { type FlowSeries } from './series.ts';

/** A band as wide as this many pixels has room for its name. */
const NAMED = 84;

export function zeroBands(frame: Frame, flow: FlowSeries): Spec {
  const { theme, series, time, width } = frame;
  const pixel = Math.max(1, series.toNs - series.fromNs) / width;
  const bands: Spec[] = [];
  let previous = -Infinity;
  for (const { fromNs, toNs } of flow.zero.list) {
    const [from, to] = [Math.max(fromNs, series.fromNs), Math.min(toNs, series.toNs)];
    if (to < from || (to - previous < pixel / 2 && flow.zero.list.length > 1_000)) continue;
    previous = to;
    const name = to - from >= NAMED * pixel ? 'zero window' : '';
    bands.push({
      t: rounded(from / time.size),
      to: rounded(to / time.size),
      middle: rounded((from + to) / 2 / time.size),
      name,
    });
  }
  const x = frame.x();
  return {
    data: { values: bands },
    layer: [
      { mark: { type: 'rect', color: theme.red, opacity: 0.14 }, encoding: { x, x2: { field: 'to' } } },
      { mark: { type: 'rule', color: theme.red, opacity: 0.45, strokeWidth: 1 }, encoding: { x } },
      {
        transform: [{ filter: "datum.name !== ''" }],
        mark: { type: 'text', color: theme.red, y: 9, fontSize: 11 },
        encoding: { x: { ...x, field: 'middle' }, text: { field: 'name', type: 'nominal' } },
      },
    ],
  };
}
