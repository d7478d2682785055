// A run laid out: verdict, stage, plots over one time axis, and beside them packets, ladder, events and the packet chosen.
import { useState } from 'preact/hooks';
import { type EndFold, type Flow } from '../data/index.ts';
import { useView } from '../view/use.ts';
import { Detail } from './detail.tsx';
import { Events } from './events.tsx';
import { Ladder } from './ladder.tsx';
import { Packets } from './packets.tsx';
import { Plot } from './plot.tsx';
import { PLOTS } from './plot-kinds.ts';
import { Stage } from './stage.tsx';
import { Strips } from './strips.tsx';
import { Tabs } from './tabs.tsx';
import { Transport } from './transport.tsx';
import { VerdictBar } from './verdict.tsx';

const LISTS = [
  ['packets', 'Packets'],
  ['ladder', 'Ladder'],
  ['events', 'Events'],
] as const;
type List = (typeof LISTS)[number][0];

export function Workbench() {
  const view = useView();
  const [list, setList] = useState<List>('packets');
  const { flow, run, vantage } = view;
  if (flow === undefined || run === undefined || vantage === undefined) {
    return <p class="waiting">Waiting for a connection: nothing has been told of one yet.</p>;
  }
  return (
    <div class="workbench">
      <div class="choices">
        <FlowChoice />
        <DirectionChoice flow={flow} />
      </div>
      {run.notes.length > 0 && (
        <ul class="notes" role="status">
          {run.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <VerdictBar flow={flow} />
      <Stage flow={flow} />
      <div class="panes">
        <div class="plots">
          {PLOTS.map((kind, index) => (
            <Plot key={kind.id} kind={kind} flow={flow} hasTime={index === 0 || index === PLOTS.length - 1} />
          ))}
          <Strips flow={flow} />
        </div>
        <div class="side">
          <Tabs name="Lists" tabs={LISTS} chosen={list} choose={setList} aside={<VantageChoice />}>
            {list === 'packets' && <Packets vantage={vantage} />}
            {list === 'ladder' && <Ladder flow={flow} />}
            {list === 'events' && <Events vantages={flow.vantages} />}
          </Tabs>
          {view.selected !== undefined && <Detail flow={flow} selected={view.selected} />}
        </div>
      </div>
      <Transport />
    </div>
  );
}

/** Which of several connections; nothing where there is one. */
function FlowChoice() {
  const view = useView();
  const { run } = view;
  if (run === undefined || run.flows.length < 2) return null;
  return (
    <label>
      connection{' '}
      <select
        value={String(view.flowIndex)}
        onChange={(event) => {
          view.flowIndex = Number(event.currentTarget.value);
          view.vantageIndex = -1;
          view.isTurned = false; // the button that turns back is not there where only one end sends
          view.selected = undefined;
          view.fit();
        }}
      >
        {run.flows.map(({ name }, index) => (
          <option key={index} value={String(index)}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Whose octets; nothing where only one end sends any. */
function DirectionChoice({ flow }: { flow: Flow }) {
  const view = useView();
  if (!flow.ends.every(({ fold }) => sendsText(fold))) return null;
  const [from, to] = flow.ends.map(({ endpoint }) =>
    endpoint === undefined ? '?' : `${endpoint.address}:${endpoint.port}`,
  );
  return (
    <span>
      what {from} sends to {to}{' '}
      <button
        type="button"
        class="quiet"
        aria-pressed={view.isTurned}
        onClick={() => {
          view.isTurned = !view.isTurned;
          view.selected = undefined;
          view.touch();
        }}
      >
        the other direction
      </button>
    </span>
  );
}

/** More than SYN and FIN. */
function sendsText({ rows }: EndFold): boolean {
  return rows.length > 0 && rows.get('max', rows.length - 1) > 2;
}

/** From where packets are seen; nothing where there is no choice. */
function VantageChoice() {
  const view = useView();
  const { flow } = view;
  if (flow === undefined || flow.vantages.length < 2) return null;
  return (
    <label class="choices aside">
      <span>
        <span class="unseen">packets </span>as seen by the
      </span>
      <select
        value={String(flow.vantages.indexOf(view.vantage!))}
        onChange={(event) => {
          view.vantageIndex = Number(event.currentTarget.value);
          view.selected = undefined;
          view.touch();
        }}
      >
        {flow.vantages.map(({ label }, index) => (
          <option key={index} value={String(index)}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
