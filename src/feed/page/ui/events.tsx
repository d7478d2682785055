// What happened besides segments, a line each: states, windows that closed and opened, timers that fired, refusals, markers.
import { Show } from '../../../trace/index.ts';
import { type PageEvent, type Vantage } from '../data/index.ts';
import { count, seconds } from '../view/format.ts';
import { useView } from '../view/use.ts';

const SHOWN = 60;

export function Events({ vantages }: { vantages: readonly Vantage[] }) {
  const view = useView();
  const lines = vantages.flatMap(({ label, events }) => {
    const until = events.after(view.cursorNs);
    return events.list.slice(Math.max(0, until - SHOWN), until).map((event) => ({ label, event }));
  });
  lines.sort((a, b) => b.event.at - a.event.at);
  const dropped = vantages.reduce((sum, { events }) => sum + events.dropped, 0);
  return (
    <div class="events scroll" tabIndex={0} role="region" aria-label="Events up to the cursor">
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            <th scope="col">end</th>
            <th scope="col">what happened, the latest first</th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, SHOWN).map(({ label, event }, index) => (
            <tr key={`${event.at}${label}${index}`}>
              <td>
                <button type="button" class="quiet" onClick={() => view.moveTo(event.at)}>
                  {seconds(event.at)}
                </button>
              </td>
              <td>{label}</td>
              <td>{sentence(event)}</td>
            </tr>
          ))}
          {lines.length === 0 && (
            <tr>
              <td colSpan={3}>Nothing but segments has been told of up to here.</td>
            </tr>
          )}
        </tbody>
      </table>
      {dropped > 0 && <p class="note">{count(dropped)} older events had to make room.</p>}
    </div>
  );
}

function sentence({ happening }: PageEvent): string {
  return new Show({ times: 'since-start' }).line(happening).replace(/^\S+ \* /, '');
}
