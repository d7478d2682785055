// The settings of a scenario as a form: the link, what is written and read, both ends and their policies. The text is the truth;
// each field shows a place of it and changes only that.
import { BUILT_IN, CONGESTION_NAMES } from '../../../tcp/index.ts';
import { isNested, type Read, valueAt, withValue } from '../view/scenario-text.ts';

type Path = readonly (string | number)[];

interface Knob {
  label: string;
  path: Path;
  hint: string;
  choices?: readonly string[];
}

const LINK: readonly Knob[] = [
  { label: 'link there', path: ['link'], hint: 'delay=20ms rate=10Mbit/s loss=0.5%' },
  { label: 'and back', path: ['back'], hint: 'as there' },
  { label: 'ends after', path: ['duration'], hint: 'when all is done' },
];

const FLOW: readonly Knob[] = [
  { label: 'writer', path: ['write'], hint: '1MB' },
  { label: 'reader', path: ['read'], hint: 'full, or 2s full, 3s stop, full' },
];

const ON_OFF = ['true', 'false'];

function endKnobs(end: 'sender' | 'receiver'): Knob[] {
  const policies = Object.entries(BUILT_IN).map(([kind, known]) => ({
    label: `${kind} policy`,
    path: [end, 'policies', kind],
    hint: 'standard',
    choices: ['standard', ...Object.keys(known)],
  }));
  return [
    { label: 'window', path: [end, 'window'], hint: '64KiB' },
    { label: 'MSS', path: [end, 'mss'], hint: '1460' },
    { label: 'send buffer', path: [end, 'send-buffer'], hint: 'auto' },
    { label: 'delayed ACK', path: [end, 'delayed-ack'], hint: '40ms, off' },
    { label: 'Nagle', path: [end, 'nagle'], hint: 'as it is', choices: ['true', 'false', 'minshall'] },
    { label: 'SACK', path: [end, 'sack'], hint: 'as it is', choices: ON_OFF },
    { label: 'congestion', path: [end, 'congestion'], hint: 'none', choices: CONGESTION_NAMES },
    ...policies,
  ];
}

export function Knobs({ read, text, change }: { read: Read; text: string; change: (text: string) => void }) {
  const flow = ['flows', 0] as const;
  const set = (path: Path, value: string): void => change(withValue(text, path, value));
  const group = (title: string, knobs: readonly Knob[], base: Path) => (
    <fieldset>
      <legend>{title}</legend>
      {knobs.map((knob) => (
        <KnobField
          key={knob.label}
          knob={knob}
          isNested={isNested(read, [...base, ...knob.path])}
          value={valueAt(read, [...base, ...knob.path])}
          set={(value) => set([...base, ...knob.path], value)}
        />
      ))}
    </fieldset>
  );
  return (
    <div class="knobs">
      {group('Network', LINK, [])}
      {group('Applications', FLOW, flow)}
      {group('Sender', endKnobs('sender'), flow)}
      {group('Receiver', endKnobs('receiver'), flow)}
    </div>
  );
}

interface FieldProps {
  knob: Knob;
  value: string;
  /** More than a single value stands there: it is changed in the text. */
  isNested: boolean;
  set: (value: string) => void;
}

function KnobField({ knob, value, isNested: isMore, set }: FieldProps) {
  const { label, hint, choices } = knob;
  return (
    <label>
      <span>{label}</span>
      {choices === undefined ? (
        <input
          type="text"
          value={value}
          placeholder={isMore ? 'see the text' : hint}
          disabled={isMore}
          spellcheck={false}
          onChange={(event) => set(event.currentTarget.value)}
        />
      ) : (
        <select value={value} onChange={(event) => set(event.currentTarget.value)}>
          <option value="">{hint}</option>
          {choices
            .filter((choice) => choice !== hint)
            .map((choice) => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
        </select>
      )}
    </label>
  );
}
