// How slow is a long path with a window of four segments? Run: sash recv --policy docs/study/thrifty.ts
import { type WindowPolicy } from 'sash/tcp';

export const window: WindowPolicy = {
  name: 'thrifty',

  /** Whole segments only, and never more than four of them. */
  offer({ room, mss, promised }) {
    const segments = Math.min(4, Math.floor(room / mss));
    return Math.max(promised, segments * mss);
  },

  /** Tell the sender of every segment that fits again. */
  announces: (it, moves) => moves >= it.mss,
};
