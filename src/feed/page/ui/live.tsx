// The live tab: which feeds are looked at, how they are, what may be controlled, and the run they tell of.
import { useEffect, useState } from 'preact/hooks';
import { FEED_PATH } from '../../../trace/index.ts';
import { type FeedClient, LiveSession } from '../source/live.ts';
import { useView } from '../view/use.ts';
import { type View } from '../view/view.ts';
import { Control } from './control.tsx';
import { Workbench } from './workbench.tsx';

let session: LiveSession | undefined;

/** One session for as long as the page is open: going to another tab and back does not lose it. */
function sessionFor(view: View): LiveSession {
  session ??= new LiveSession(() => {
    if (session!.run !== undefined && view.run !== session!.run && session!.run.flows.length > 0) {
      view.liveNow = () => session!.now();
      view.show(session!.run);
    }
    view.touch();
  });
  return session;
}

/** A page looks at no more feeds than this that its address names. */
const MOST_NAMED = 7;

/** The feed that serves this page, with the token of its address; and others that the address names. */
export function connectNamed(view: View, hash: string, hasHome: boolean): void {
  const { protocol, host } = location;
  const live = sessionFor(view);
  if (live.feeds.length > 0) return;
  if (hasHome) live.connect(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}${FEED_PATH}`, tokenOf(hash));
  for (const named of namedFeeds(hash)) live.connect(named.url, named.token);
}

/** `#feed=HOST:PORT`, `#feed=TOKEN@HOST:PORT`, more than once if need be. */
export function namedFeeds(hash: string): { url: string; token: string }[] {
  const feeds: { url: string; token: string }[] = [];
  for (const named of new URLSearchParams(hash.replace(/^#/, '')).getAll('feed').slice(0, MOST_NAMED)) {
    const [, token = '', address = ''] = /^(?:([A-Za-z0-9_-]{1,128})@)?([\w.:[\]-]+)$/.exec(named) ?? [];
    const read = readAddress(address);
    if (read !== undefined) feeds.push({ url: read.url, token });
  }
  return feeds;
}

export function Live({ hasHome }: { hasHome: boolean }) {
  const view = useView();
  const live = sessionFor(view);
  const [isAdding, setAdding] = useState(!hasHome);
  useEffect(() => {
    if (view.run === undefined) view.touch();
  }, [view]);
  return (
    <>
      <div class="feeds">
        <ul aria-label="Feeds">
          {live.feeds.map((feed) => (
            <FeedLine key={feed.url} feed={feed} leave={() => live.leave(feed)} />
          ))}
        </ul>
        {isAdding ? (
          <AddFeed
            add={(address, token) => {
              live.connect(address, token);
              setAdding(false);
            }}
          />
        ) : (
          <button type="button" class="quiet" onClick={() => setAdding(true)}>
            add the other end’s feed
          </button>
        )}
      </div>
      {live.feeds.map((feed) => (
        <Control key={feed.url} feed={feed} />
      ))}
      {live.feeds.length === 0 && view.run === undefined ? (
        <NoFeed />
      ) : (
        (view.run !== undefined || live.feeds.some(({ status }) => status !== 'refused')) && <Workbench />
      )}
    </>
  );
}

function NoFeed() {
  return (
    <div class="start">
      <h2>Look at a transfer while it runs</h2>
      <p>
        Any transfer shows itself live: add <code>--live</code> to <code>sash send</code>, <code>sash recv</code> or{' '}
        <code>sash sim</code>, and open the address that it prints. A page can look at both ends at once: give the other
        one’s address above.
      </p>
    </div>
  );
}

const STATUS = { connecting: 'connecting', live: 'live', lost: 'lost', over: 'over', refused: 'refused' } as const;

function FeedLine({ feed, leave }: { feed: FeedClient; leave: () => void }) {
  const { hello, status, trouble, url } = feed;
  return (
    <li>
      <span class={`status status-${status}`}>{STATUS[status]}</span>
      <b>{hello?.title ?? url}</b>
      {hello !== undefined && <small>{hello.application}</small>}
      <span role="status">
        {trouble !== '' && <span class={status === 'over' ? 'note' : 'trouble'}>{trouble}</span>}
      </span>
      <button type="button" class="quiet" onClick={leave}>
        leave<span class="unseen"> {url}</span>
      </button>
    </li>
  );
}

function AddFeed({ add }: { add: (address: string, token: string) => void }) {
  const [address, setAddress] = useState('');
  const [wrong, setWrong] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    const read = readAddress(address);
    if (read === undefined) setWrong('Give the address that --live printed, as in http://192.0.2.7:9294/#token=…');
    else add(read.url, read.token);
  };
  return (
    <form class="add" onSubmit={submit}>
      <label>
        address of a feed{' '}
        <input
          type="text"
          value={address}
          placeholder="http://127.0.0.1:9294/"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
      </label>
      <button type="submit">look</button>
      <span role="status" class="trouble">
        {wrong}
      </span>
    </form>
  );
}

/** An address as it was printed, with or without its scheme and token. */
export function readAddress(text: string): { url: string; token: string } | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  try {
    const { protocol, host, hash } = new URL(/^\w+:\/\//.test(trimmed) ? trimmed : `http://${trimmed}`);
    const isSecure = protocol === 'https:' || protocol === 'wss:';
    if (!isSecure && protocol !== 'http:' && protocol !== 'ws:') return undefined;
    return { url: `${isSecure ? 'wss' : 'ws'}://${host}${FEED_PATH}`, token: tokenOf(hash) };
  } catch {
    return undefined;
  }
}

export function tokenOf(hash: string): string {
  const token = new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '';
  return /^[A-Za-z0-9_-]{1,128}$/.test(token) ? token : '';
}
