// Two runs side by side: the same time axis and the same scales, what differs between what was asked, and their numbers.
import { useEffect } from 'preact/hooks';
import { type Flow, type Outcome } from '../data/index.ts';
import { sharesOf } from '../data/verdict.ts';
import { count, rate, short } from '../view/format.ts';
import { useView } from '../view/use.ts';
import { Plot } from './plot.tsx';
import { PLOTS } from './plot-kinds.ts';
import { type Kept } from './simulate.tsx';
import { Strips } from './strips.tsx';
import { Transport } from './transport.tsx';
import { VerdictBar } from './verdict.tsx';

export function Compare({ a, b, end }: { a: Kept; b: Kept; end: () => void }) {
  const view = useView();
  useEffect(() => {
    view.compare(a.run);
    return () => view.compare(undefined);
  }, [a.run, b.run]);
  const [flowA, flowB] = [a, b].map(({ run }) => run.flows[Math.min(view.flowIndex, run.flows.length - 1)]);
  if (flowA === undefined || flowB === undefined) return <p class="note">One of the two runs has no connection.</p>;
  return (
    <div class="compare">
      <header>
        <h2>Compared</h2>
        <button type="button" class="quiet" onClick={end}>
          end comparison
        </button>
      </header>
      <Numbers a={flowA} b={flowB} runs={[a, b]} />
      <div class="two">
        {[flowA, flowB].map((flow, index) => (
          <section key={index} aria-label={index === 0 ? 'A, kept' : 'B, new'}>
            <h3 class="which">{index === 0 ? 'A · kept' : 'B · new'}</h3>
            <VerdictBar flow={flow} name={index === 0 ? 'Verdict of A' : 'Verdict of B'} />
            {PLOTS.map((kind, place) => (
              <Plot
                key={kind.id}
                kind={kind}
                flow={flow}
                beside={index === 0 ? flowB : flowA}
                hasTime={place === 0 || place === PLOTS.length - 1}
              />
            ))}
            <Strips flow={flow} />
          </section>
        ))}
      </div>
      <Transport />
    </div>
  );
}

function Numbers({ a, b, runs }: { a: Flow; b: Flow; runs: readonly [Kept, Kept] }) {
  const lines: readonly (readonly [string, (flow: Flow) => string])[] = [
    ['life', (flow) => short(flow.endNs - flow.beginNs)],
    ['octets acknowledged', (flow) => count(Math.max(0, last(flow, 'una') - 1))],
    ['on average', (flow) => rate(((last(flow, 'una') - 1) / (flow.endNs - flow.beginNs)) * 1e9)],
    ['segments sent', (flow) => count(last(flow, 'segmentsOut'))],
    ['retransmissions', (flow) => count(last(flow, 'retransmissions'))],
    ['zero windows', (flow) => count(last(flow, 'zeroWindows'))],
    ['probes', (flow) => count(last(flow, 'probes'))],
    ['held most by', (flow) => heldBy(flow)],
  ];
  const measures = inPairs(runs[0].run.outcomes, runs[1].run.outcomes);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Numbers of both runs">
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">what</span>
            </th>
            <th scope="col">A</th>
            <th scope="col">B</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(([name, of]) => (
            <tr key={name} class={of(a) === of(b) ? '' : 'differs'}>
              <th scope="row">{name}</th>
              <td>{of(a)}</td>
              <td>{of(b)}</td>
            </tr>
          ))}
          {measures.map(([name, ofA, ofB], index) => (
            <tr key={`${name}${index}`} class={ofA === ofB ? '' : 'differs'}>
              <th scope="row">{name}</th>
              <td>{ofA}</td>
              <td>{ofB}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Two scenarios may measure different things, and one of them the same several times. */
export function inPairs(a: readonly Outcome[], b: readonly Outcome[]): [measure: string, a: string, b: string][] {
  const left = [...b];
  const pairs = a.map(({ measure, measured }): [string, string, string] => {
    const at = left.findIndex((other) => other.measure === measure);
    return [measure, measured, at < 0 ? '—' : left.splice(at, 1)[0]!.measured];
  });
  return [...pairs, ...left.map(({ measure, measured }): [string, string, string] => [measure, '—', measured])];
}

function last(flow: Flow, column: Parameters<Flow['ends'][0]['fold']['rows']['get']>[0]): number {
  const { rows } = flow.ends[0].fold;
  return rows.get(column, rows.length - 1);
}

function heldBy(flow: Flow): string {
  const [first] = sharesOf(flow, flow.beginNs, flow.endNs);
  return first === undefined ? '—' : `${first[0]} ${Math.round(first[1] * 100)} %`;
}
