// The simulate tab: what is simulated is a transfer, or the gallery of other systems beside TCP.
import { useState } from 'preact/hooks';
import { FIRST_GALLERY, type GalleryAsked } from '../view/gallery-asked.ts';
import { type GalleryView } from '../view/gallery-view.ts';
import { type Asked } from '../view/scenarios.ts';
import { ViewContext } from '../view/use.ts';
import { type View } from '../view/view.ts';
import { Gallery } from './gallery.tsx';
import { Simulate } from './simulate.tsx';

const WORLDS = [
  ['transfer', 'a transfer'],
  ['gallery', 'the gallery'],
] as const;
export type World = (typeof WORLDS)[number][0];

interface WorldsProps {
  world: World;
  choose: (world: World) => void;
  views: Readonly<{ transfer: View; gallery: GalleryView }>;
  linked: { transfer: Asked | undefined; gallery: GalleryAsked | undefined };
}

export function Worlds({ world, choose, views, linked }: WorldsProps) {
  // Once it has been looked at it stays as it was left.
  const [isOpened, setOpened] = useState(false);
  if (world === 'gallery' && !isOpened) setOpened(true);
  return (
    <>
      <div class="worlds" role="group" aria-label="What is simulated">
        {WORLDS.map(([name, title]) => (
          <button key={name} type="button" aria-pressed={name === world} onClick={() => choose(name)}>
            {title}
          </button>
        ))}
      </div>
      <div hidden={world !== 'transfer'}>
        <ViewContext.Provider value={views.transfer}>
          <Simulate linked={linked.transfer} />
        </ViewContext.Provider>
      </div>
      {isOpened && (
        <div hidden={world !== 'gallery'}>
          <ViewContext.Provider value={views.gallery}>
            <Gallery linked={linked.gallery ?? FIRST_GALLERY} view={views.gallery} />
          </ViewContext.Provider>
        </div>
      )}
    </>
  );
}
