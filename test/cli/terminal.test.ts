// On a terminal: statuses that are redrawn, keys, and what stays on the screen when it is over.
import { join } from 'node:path';
import { takeTurns } from '../turns.ts';
import { finished, folder, receiver, Sash } from './sash.ts';
import { inTerminal, Terminal } from './terminal.ts';

takeTurns();

inTerminal('keys at the receiver stop and resume reading, step, and change its pace', async (t) => {
  // Slow enough that the keys come in time, on any machine: at the fastest pace but the last it would take a minute.
  const recv = new Terminal(t, ['recv', '127.0.0.1:0', '--once', '--read-rate', '20KB/s']);
  const address = (await recv.shows(/sash send (\S+) FILE/))[1]!;
  const send = new Sash(t, ['send', address, '--bytes', '40MB']);
  await recv.shows(/space stop and resume/);
  recv.press('Space');
  await recv.shows(/reading stopped by hand/);
  await recv.shows(/unread, 0 B offered/);
  recv.press('s');
  await send.says(/zero-window|window-full|silly-window/);
  recv.press('+', '+', 'Space');
  await recv.shows(/reading: 80 KB\/s/);
  recv.press('-', '-', '-', 'Space');
  await recv.shows(/reading stopped by hand/);
  recv.press('Space');
  await recv.shows(/reading: 10 KB\/s/);
  recv.press(...Array<string>(10).fill('+'));
  await recv.shows(/received 38.1 MiB \(40,000,000 octets\)/);
  await recv.shows(/exit code 0/);
  t.is((await send.ended).code, 0);
  t.notRegex(await recv.screen(), /space stop and resume/, 'the status goes when it is over');
});

inTerminal('a key at the sender stops writing; Ctrl-C ends it, and the receiver knows', async (t) => {
  const { recv, address } = await receiver(t, ['--once']);
  const send = new Terminal(t, ['send', address, '--bytes', '100MB', '--rate', '1MB/s']);
  await send.shows(/ESTABLISHED[^]*space stop and resume/);
  send.press('Space');
  await send.shows(/nothing-queued for .*s/);
  await send.shows(/writing stopped by hand/);
  send.press('C-c');
  await send.shows(/exit code 130/);
  t.is((await recv.ended).code, 1, 'it has a part, and knows that');
  t.regex(recv.stderr, /reset the connection after/);
});

inTerminal('a recording is watched: it stands still, steps, and is left', async (t) => {
  const file = join(folder(t), 'run.pcapng');
  t.is((await finished(t, ['sim', 's07', '--record', file])).code, 0);
  const watch = new Terminal(t, ['watch', file.replace('.pcapng', '.sender.pcapng'), '--speed', '0.1']);
  await watch.shows(/ESTABLISHED/);
  watch.press('Space');
  await watch.shows(/paused|stands still/);
  watch.press('Right');
  watch.press('q');
  await watch.shows(/exit code 0/);
  t.notRegex(await watch.screen(), /not yet/, 'the screen that was there before is back');
});

inTerminal('the demonstration redraws one status, and shows its recordings until a key', async (t) => {
  const demo = new Terminal(t, ['demo'], { TMPDIR: folder(t) });
  await demo.shows(/Watch it in a browser, while it lasts: http/);
  const page = (await demo.shows(/See it again in a browser: (http:\S+)/))[1]!;
  t.deepEqual(await (await fetch(new URL('feed.json', page))).json(), { feed: false, recordings: 2 });
  demo.press('q');
  await demo.shows(/exit code 0/);
  const screen = await demo.screen();
  t.regex(screen, /They are the same/);
  t.is(screen.match(/SND.WND is 0/g)?.length, 1, 'of the statuses none stays, but for the summary');
});
