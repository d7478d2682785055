// Ties components to the view: whoever uses it is drawn again when it changes.
import { createContext } from 'preact';
import { useContext, useEffect, useReducer } from 'preact/hooks';
import { View } from './view.ts';

export const ViewContext = createContext(new View());

export function useView(): View {
  const view = useContext(ViewContext);
  const [, again] = useReducer<number, void>((count) => count + 1, 0);
  useEffect(() => view.listen(() => again()), [view]);
  return view;
}
