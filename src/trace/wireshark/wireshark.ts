// Wireshark's verdicts on a whole capture, conversation by conversation. Memory is bounded: by the conversations a CaptureReader
// knows at once, and by MAX_REMEMBERED segments in all of them together.
import { type CapturedPacket, type Conversation } from '../capture/index.ts';
import { ConversationAnalysis } from './conversation-analysis.ts';
import { Budget } from './unacked-segments.ts';
import { Verdict } from './verdict.ts';

/** Unacknowledged segments that are remembered, of all conversations together: 32 octets each. Beyond, verdicts may differ. */
export const MAX_REMEMBERED = 4_194_304;

interface Followed {
  conversation: Conversation;
  analysis: ConversationAnalysis;
}

export class Wireshark {
  readonly #budget = new Budget(MAX_REMEMBERED);
  readonly #verdict = new Verdict();
  /** By the conversations' slots. */
  readonly #followed: (Followed | undefined)[] = [];
  #latest: Followed | undefined = undefined;

  /** The verdict on the next packet of the capture; reused for the one after it. */
  judge(packet: CapturedPacket): Readonly<Verdict> {
    const { conversation } = packet;
    if (this.#latest?.conversation !== conversation) this.#latest = this.#follow(conversation);
    this.#latest.analysis.judge(packet, this.#verdict);
    return this.#verdict;
  }

  /** To be called for what a CaptureReader says it has forgotten. */
  forgotten(conversation: Conversation): void {
    const followed = this.#followed[conversation.slot];
    if (followed?.conversation !== conversation) return;
    followed.analysis.release();
    this.#followed[conversation.slot] = undefined;
  }

  #follow(conversation: Conversation): Followed {
    const known = this.#followed[conversation.slot];
    if (known?.conversation === conversation) return known;
    known?.analysis.release();
    const followed = { conversation, analysis: new ConversationAnalysis(this.#budget) };
    this.#followed[conversation.slot] = followed;
    return followed;
  }
}
