// tcptrace's letters in a picture. Where they would cover each other only the first is drawn; the line under the title counts
// them all.
import { grouped, rounded, type Frame, type Spec } from './frame.ts';
import { type FlowSeries, MARK_LETTERS, MARK_MEANINGS, type MarkLetter } from './series.ts';

/** The cell of a picture that holds one letter of a kind, in pixels; S has bars of its own, and needs few. */
const CELLS: Readonly<Record<MarkLetter, number>> = { Z: 9, P: 9, R: 9, S: 60, '3': 12 };

/** How far from its place a letter stands, so that it covers nothing: above, or below for what is acknowledged. */
const OFFSETS: Readonly<Record<MarkLetter, number>> = { Z: -9, P: 12, R: -9, S: 12, '3': 12 };

/** `Z zero window ×3 · R retransmission ×12`, of those that there are. */
export function lettersLine(flow: FlowSeries, letters: readonly MarkLetter[] = MARK_LETTERS): string {
  return letters
    .map((letter) => [letter, flow.marks[letter].length + flow.marks[letter].thinned] as const)
    .filter(([, count]) => count > 0)
    .map(([letter, count]) => `${letter} ${MARK_MEANINGS[letter]} ×${grouped(count)}`)
    .join(' · ');
}

/** The letters of a flow as a layer of text; the vertical scale is octets. */
export function lettersLayer(frame: Frame, flow: FlowSeries, { x, y }: Spec): Spec {
  const { theme } = frame;
  const colors: Record<MarkLetter, string> = {
    Z: theme.red,
    P: theme.purple,
    R: theme.red,
    S: theme.blue,
    '3': theme.green,
  };
  const top = highest(flow);
  const layer = MARK_LETTERS.filter((letter) => flow.marks[letter].length > 0).map((letter) => ({
    data: { values: placed(frame, flow, letter, top) },
    mark: { type: 'text', dy: OFFSETS[letter], fontSize: 11, fontWeight: 'bold', color: colors[letter] },
    encoding: { x: x ?? {}, y: y ?? {}, text: { field: 'letter', type: 'nominal' } },
  }));
  return { layer: layer.length > 0 ? layer : [{ mark: 'text', data: { values: [] } }] };
}

function placed(frame: Frame, flow: FlowSeries, letter: MarkLetter, top: number): Spec[] {
  const { fromNs, toNs } = frame.series;
  const rows = flow.marks[letter];
  const cellSize = CELLS[letter];
  const taken = new Set<string>();
  const data: Spec[] = [];
  for (let row = 0; row < rows.length; row++) {
    const across = Math.floor((((rows.at(row, 0) - fromNs) / Math.max(1, toNs - fromNs)) * frame.width) / cellSize);
    const up = Math.floor(((rows.at(row, 1) / top) * frame.height) / cellSize);
    const cell = `${across} ${up}`;
    if (taken.has(cell)) continue;
    taken.add(cell);
    data.push({ t: rounded(rows.at(row, 0) / frame.time.size), y: rows.at(row, 1), letter });
  }
  return data;
}

/** The highest octet that is drawn. */
export function highest({ edges, acks }: FlowSeries): number {
  let most = 1;
  for (let row = 0; row < edges.length; row++) most = Math.max(most, edges.at(row, 1));
  for (let row = 0; row < acks.length; row++) most = Math.max(most, acks.at(row, 1));
  return most;
}
