// The simulate tab: a scenario chosen or written, changed, run in a worker of this tab, compared with another run; its link
// carries the whole of it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { countCases, readScenario, ScenarioFault } from '../../../../sim/index.ts';
import { type Run } from '../data/index.ts';
import { type Progress, Simulation, SimulationFault } from '../source/simulation.ts';
import { count, short } from '../view/format.ts';
import { lineOf, MOST_TEXT, type Read, readText, type Wrong } from '../view/scenario-text.ts';
import { type Asked, LIBRARY, linkOf, libraryNameOf } from '../view/scenarios.ts';
import { useView } from '../view/use.ts';
import { Compare } from './compare.tsx';
import { Editor } from './editor.tsx';
import { Knobs } from './knobs.tsx';
import { Outcomes } from './outcomes.tsx';
import { Workbench } from './workbench.tsx';

const FIRST = 's06-zero-window';

export interface Kept {
  run: Run;
  asked: Asked;
}

export function Simulate({ linked }: { linked: Asked | undefined }) {
  const view = useView();
  const [asked, setAsked] = useState<Asked>(linked ?? { text: LIBRARY[FIRST] ?? '', seed: '', set: {} });
  const [progress, setProgress] = useState<Progress>();
  const [fault, setFault] = useState<Wrong>();
  const [kept, setKept] = useState<Kept>();
  const [shown, setShown] = useState<Kept>();
  const running = useRef<Simulation | undefined>(undefined);
  useEffect(() => linked && setAsked(linked), [linked]);

  const checked = useMemo(() => check(asked), [asked]);
  const wrong = 'message' in checked ? checked : fault;

  const run = async (): Promise<void> => {
    if ('message' in checked) return;
    setFault(undefined);
    setProgress({ fraction: 0, atNs: 0, happenings: 0 });
    const simulation = new Simulation();
    running.current = simulation;
    try {
      const seed = asked.seed === '' ? undefined : Number(asked.seed);
      const done = await simulation.run({ value: checked.read.value, seed, set: asked.set }, setProgress);
      if (done !== undefined) {
        if (libraryNameOf(asked.text) === undefined) unjudge(done);
        setShown({ run: done, asked });
        view.show(done, 'end');
        history.replaceState(null, '', await linkOf(asked));
      }
    } catch (error) {
      if (!(error instanceof SimulationFault)) throw error;
      setFault({ line: lineOf(checked.read, error.path), message: error.message });
    } finally {
      setProgress(undefined);
    }
  };
  const change = (changed: Partial<Asked>): void => {
    setFault(undefined);
    setAsked({ ...asked, ...changed });
  };
  return (
    <>
      <form
        class="simulate"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div class="row">
          <ScenarioChoice asked={asked} change={change} />
          <label>
            seed{' '}
            <input
              type="text"
              inputMode="numeric"
              size={6}
              value={asked.seed}
              placeholder="its own"
              onInput={(event) => change({ seed: event.currentTarget.value.replaceAll(/\D/g, '') })}
            />
          </label>
          {'read' in checked && <Parameters names={checked.parameters} asked={asked} change={change} />}
          <span class="buttons">
            {progress === undefined ? (
              <button key="run" type="submit" class="main" disabled={'message' in checked}>
                run
              </button>
            ) : (
              <button key="cancel" type="button" class="main" onClick={() => running.current?.cancel()}>
                cancel
              </button>
            )}
            <button
              type="button"
              disabled={shown === undefined}
              onClick={() => setKept(shown)}
              title="keep this run beside the next ones"
            >
              keep to compare
            </button>
            <CopyLink asked={asked} />
          </span>
        </div>
        {progress !== undefined && <Running progress={progress} />}
        {'lesson' in checked && <p class="lesson">{checked.lesson}</p>}
        {wrong !== undefined && (
          <p class="trouble" role="alert">
            Line {wrong.line}: {wrong.message}
          </p>
        )}
        <div class="unfold">
          <details>
            <summary>change the link, the ends, their policies</summary>
            {'read' in checked && <Knobs read={checked.read} text={asked.text} change={(text) => change({ text })} />}
          </details>
          <details open={'message' in checked || undefined}>
            <summary>the scenario as text</summary>
            <Editor text={asked.text} wrong={wrong} change={(text) => change({ text: text.slice(0, MOST_TEXT + 1) })} />
          </details>
        </div>
      </form>
      {shown !== undefined && kept !== undefined && kept.run !== shown.run && (
        <Compare a={kept} b={shown} end={() => setKept(undefined)} />
      )}
      {shown === undefined ? (
        <NotRun />
      ) : kept === undefined || kept.run === shown.run ? (
        <>
          <Outcomes run={shown.run} />
          <Workbench />
        </>
      ) : null}
    </>
  );
}

function NotRun() {
  return (
    <div class="start">
      <h2>Try what happens if</h2>
      <p>
        Choose a scenario and run it: the same TCP that runs between hosts runs here, in virtual time, ruled by a seed.
        Change one thing and compare the two runs. The address then carries the whole scenario: send it to somebody.
      </p>
    </div>
  );
}

interface Checked {
  read: Read;
  lesson: string;
  cases: number;
  parameters: readonly (readonly [string, string])[];
}

/** Whether it can be run; if not, where it is wrong. */
function check({ text, set }: Asked): Checked | Wrong {
  const read = readText(text);
  if (!('document' in read)) return read;
  try {
    const scenario = readScenario(read.value, { set: new Map(Object.entries(set)) });
    const own = read.document.toJS() as { parameters?: Record<string, unknown> };
    const parameters = Object.entries(own.parameters ?? {}).map(([name, value]) => [name, String(value)] as const);
    return { read, lesson: scenario.lesson, cases: countCases(read.value), parameters };
  } catch (error) {
    if (!(error instanceof ScenarioFault)) throw error;
    return { line: lineOf(read, error.path), message: error.message };
  }
}

/** The numbers a scenario states were found for it as it was. */
function unjudge(run: Run): void {
  run.outcomes = run.outcomes.map((outcome) => ({ ...outcome, verdict: 'not judged' }));
}

interface PartProps {
  asked: Asked;
  change: (changed: Partial<Asked>) => void;
}

function ScenarioChoice({ asked, change }: PartProps) {
  const name = libraryNameOf(asked.text);
  return (
    <label>
      <select
        aria-label="scenario"
        value={name ?? ''}
        onChange={(event) => change({ text: LIBRARY[event.currentTarget.value] ?? asked.text, seed: '', set: {} })}
      >
        {name === undefined && <option value="">one of your own</option>}
        {Object.entries(LIBRARY).map(([known, text]) => (
          <option key={known} value={known}>
            {known.split('-')[0]} {titleOf(text)}
          </option>
        ))}
      </select>
    </label>
  );
}

function titleOf(text: string): string {
  return /^title: *(.*)$/m.exec(text)?.[1]?.replaceAll(/^['"]|['"]$/g, '') ?? 'untitled';
}

function Parameters({ names, asked, change }: PartProps & { names: readonly (readonly [string, string])[] }) {
  return (
    <>
      {names
        .filter(([name]) => name !== 'golden')
        .map(([name, value]) => (
          <label key={name}>
            {name}{' '}
            <input
              type="text"
              size={8}
              value={asked.set[name] ?? ''}
              placeholder={value}
              spellcheck={false}
              onChange={(event) => {
                const { [name]: _, ...others } = asked.set;
                const given = event.currentTarget.value.trim();
                change({ set: given === '' || given === value ? others : { ...others, [name]: given } });
              }}
            />
          </label>
        ))}
    </>
  );
}

function Running({ progress }: { progress: Progress }) {
  const { fraction, atNs, happenings } = progress;
  return (
    <p class="running" role="status">
      <progress max={1} {...(fraction === undefined ? {} : { value: fraction })} aria-label="Simulating" />{' '}
      {short(atNs)} simulated, {count(happenings)} happenings
    </p>
  );
}

function CopyLink({ asked }: { asked: Asked }) {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    const link = await linkOf(asked);
    history.replaceState(null, '', link);
    try {
      await navigator.clipboard.writeText(new URL(link, location.href).href);
      setSaid('copied');
    } catch {
      setSaid('in the address bar');
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        link
      </button>
      <span role="status" class="said">
        {said}
      </span>
    </>
  );
}
