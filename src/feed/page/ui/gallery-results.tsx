// What the runs came to: a line for each measure, a column for each system; and what each system does, on whose word, and what
// its model leaves out.
import {
  type Entry,
  ESTABLISHED,
  galleryEntry,
  type GalleryRun,
  measuresOf,
  refillOf,
  windowOf,
} from '../../../../sim/index.ts';

export function GalleryResults({ runs }: { runs: readonly GalleryRun[] }) {
  const { flow, cost } = measuresOf(runs);
  return (
    <div class="scroll results" tabIndex={0} role="region" aria-label="What it came to">
      <table class="numbers">
        <caption>What it came to</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">measure</span>
            </th>
            {runs.map(({ id }) => (
              <th scope="col" key={id}>
                {id}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...flow, ...cost].map(({ name, about, of }) => (
            <tr key={name}>
              <th scope="row">
                {name} <small>{about}</small>
              </th>
              {runs.map((run) => (
                <td key={run.id}>{of(run)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Mechanisms({ runs }: { runs: readonly GalleryRun[] }) {
  const entries = runs.map(({ id }) => galleryEntry(id)).filter((entry) => entry !== undefined);
  return (
    <section class="mechanisms" aria-label="How each of them works">
      <h2>How each of them works</h2>
      {entries.map((entry) => (
        <Mechanism key={entry.id} entry={entry} />
      ))}
    </section>
  );
}

function Mechanism({ entry }: { entry: Entry }) {
  const { id, name, mechanism, signal, whenFull, window, unit, numbers, sources, leavesOut } = entry;
  const refill = refillOf(entry);
  return (
    <article>
      <h3>{name}</h3>
      <p>{withCode(mechanism)}</p>
      <details>
        <summary>
          numbers, sources, what is left out<span class="unseen"> of {id}</span>
        </summary>
        <dl>
          <dt>signal</dt>
          <dd>{signal}</dd>
          <dt>window</dt>
          <dd>
            {windowOf(entry)}
            {window !== null && unit !== 'octets' && ` ${unit}`}
            {refill !== '' && `; told after ${refill} of it`}
          </dd>
          <dt>when full</dt>
          <dd>{withCode(whenFull)}</dd>
          <dt>numbers</dt>
          <dd>{numbers.join('; ')}</dd>
          <dt>sources</dt>
          {sources.map(({ where, how }) => (
            <dd key={where}>
              {withCode(where)} <small>— {ESTABLISHED[how]}</small>
            </dd>
          ))}
          <dt>left out</dt>
          <dd>{withCode(leavesOut)}</dd>
        </dl>
      </details>
    </article>
  );
}

/** What stands between backticks is code. */
function withCode(text: string) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
