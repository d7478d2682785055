// The page: three ways in, each with a view of its own, and the keyboard that all of them share.
import { useEffect, useState } from 'preact/hooks';
import { goTo, step } from '../view/steps.ts';
import { type GalleryAsked, galleryAskedOf, galleryLink } from '../view/gallery-asked.ts';
import { GalleryView } from '../view/gallery-view.ts';
import { type Asked, askedOf } from '../view/scenarios.ts';
import { chooseTheme, prefersDark, type ThemeChoice } from '../view/theme.ts';
import { ViewContext } from '../view/use.ts';
import { View } from '../view/view.ts';
import { Help } from './help.tsx';
import { connectNamed, Live, namedFeeds } from './live.tsx';
import { Replay } from './replay.tsx';
import { Tabs } from './tabs.tsx';
import { type World, Worlds } from './worlds.tsx';

/** One more way in is one more line here and one more panel below. */
const TABS = [
  ['live', 'Live'],
  ['replay', 'Replay'],
  ['simulate', 'Simulate'],
] as const;
type Tab = (typeof TABS)[number][0];

const VIEWS: Readonly<Record<Tab, View>> = { live: new View(), replay: new View(), simulate: new View() };
const SIMULATED = { transfer: VIEWS.simulate, gallery: new GalleryView() } as const;

/** What is to be had where the page came from. */
export interface Home {
  feed: boolean;
  /** How many of them. */
  recordings: number;
}

export function App({ home: { feed: hasFeed, recordings } }: { home: Home }) {
  const [tab, setTab] = useState<Tab>(() => firstTab(hasFeed));
  const [linked, setLinked] = useState<Asked>();
  const [isHelp, setHelp] = useState(false);
  const [theme, setTheme] = useState<ThemeChoice>('system');
  const [world, setWorld] = useState<World>(() => (isOfGallery(location.hash) ? 'gallery' : 'transfer'));
  const [gallery, setGallery] = useState<GalleryAsked | undefined>(() => galleryAskedOf(location.hash));
  const view = tab === 'simulate' ? SIMULATED[world] : VIEWS[tab];

  useEffect(() => {
    connectNamed(VIEWS.live, location.hash, hasFeed);
    const read = async (): Promise<void> => {
      const asked = await askedOf(location.hash);
      const ofGallery = galleryAskedOf(location.hash);
      if (asked === undefined && ofGallery === undefined) return;
      if (asked !== undefined) setLinked(asked);
      if (ofGallery !== undefined) setGallery((had) => (isSame(had, ofGallery) ? had : ofGallery));
      setWorld(ofGallery === undefined ? 'transfer' : 'gallery');
      setTab('simulate');
    };
    void read();
    const again = (): void => void read();
    addEventListener('hashchange', again);
    return () => removeEventListener('hashchange', again);
  }, [hasFeed]);
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (act(event, view, () => setHelp(true))) event.preventDefault();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [view]);
  useEffect(() => {
    const changed = (): void => {
      chooseTheme(theme);
      view.touch();
    };
    prefersDark.addEventListener('change', changed);
    return () => prefersDark.removeEventListener('change', changed);
  }, [view, theme]);

  const nextTheme = (): void => {
    const next = theme === 'system' ? (prefersDark.matches ? 'light' : 'dark') : theme === 'dark' ? 'light' : 'dark';
    setTheme(next);
    chooseTheme(next);
    view.touch();
  };
  const aside = (
    <div class="aside">
      <button type="button" class="quiet" onClick={nextTheme}>
        light, dark
      </button>
      <button type="button" class="quiet" onClick={() => setHelp(true)}>
        keys <kbd>?</kbd>
      </button>
    </div>
  );
  return (
    <ViewContext.Provider value={view}>
      <main>
        <Tabs
          name="Ways in"
          before={<h1 title="the part of a window that slides">sash</h1>}
          tabs={TABS}
          chosen={tab}
          choose={setTab}
          aside={aside}
        >
          {tab === 'live' && <Live key="live" hasHome={hasFeed} />}
          {tab === 'replay' && <Replay key="replay" served={recordings} />}
          <div hidden={tab !== 'simulate'}>
            <Worlds world={world} choose={setWorld} views={SIMULATED} linked={{ transfer: linked, gallery }} />
          </div>
        </Tabs>
      </main>
      {isHelp && <Help close={() => setHelp(false)} />}
    </ViewContext.Provider>
  );
}

function firstTab(hasFeed: boolean): Tab {
  if (location.hash.startsWith('#sim=') || isOfGallery(location.hash)) return 'simulate';
  const named = TABS.find(([tab]) => location.hash === `#${tab}`);
  return named?.[0] ?? (hasFeed || namedFeeds(location.hash).length > 0 ? 'live' : 'replay');
}

function isSame(had: GalleryAsked | undefined, now: GalleryAsked): boolean {
  return had !== undefined && galleryLink(had) === galleryLink(now);
}

function isOfGallery(hash: string): boolean {
  return galleryAskedOf(hash) !== undefined;
}

/** What a key does to what is looked at. */
const KEYS: Readonly<Record<string, (view: View) => void>> = {
  z: (view) => goTo(view, 'zero-window'),
  p: (view) => goTo(view, 'probe'),
  b: (view) => goTo(view, 'block'),
  r: (view) => goTo(view, 'retransmission'),
  a: (view) => view.fit(),
  l: (view) => view.follow(),
  home: (view) => view.moveTo(view.beginNs),
  end: (view) => view.moveTo(view.endNs),
  ' ': (view) => (view.isPlaying || view.isFollowing ? view.pause() : view.play()),
  arrowright: (view) => stepIn(view, 1),
  arrowleft: (view) => stepIn(view, -1),
};

function stepIn(view: View, way: 1 | -1): void {
  if (view instanceof GalleryView) view.step(way);
  else step(view, way);
}

/** Does what a key says; false if it means nothing here, or something else to what has the focus. */
function act({ target, key, ctrlKey, metaKey, altKey }: KeyboardEvent, view: View, help: () => void): boolean {
  if (ctrlKey || metaKey || altKey) return false;
  const within = (selector: string): boolean => target instanceof HTMLElement && target.closest(selector) !== null;
  if (within('input:not([type=range]), textarea, select, dialog')) return false;
  if (key === '?') {
    help();
    return true;
  }
  const meaning = KEYS[key.toLowerCase()];
  if (view.isEmpty || meaning === undefined) return false;
  if (within(key === ' ' ? 'button, summary, input' : 'input')) return false;
  meaning(view);
  return true;
}
