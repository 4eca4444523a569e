import { explaining, type Explanation } from '../../domain/explained.ts';
import { explanationText } from './change-words.ts';
import type { Entry, ExplainedBy, Story } from './story.ts';

/**
 * A deviation with the agreed changes that explain it by now. Only what is new is added, behind all that was told before: what channels
 * were sent is counted by entries. What began to explain it goes on until its approval is taken back.
 */
export function explainedAsOf(story: Story, explanations: readonly Explanation[], now: number): Story {
  if (story.kind !== 'Deviation') return story;
  const { explainedBy: before = [], since, ended } = story;
  // A window that has yet to open explains nothing so far.
  const found = explaining(explanations, { from: since, to: ended?.at ?? now + 1 });
  const fresh = found.filter((one) => !before.some(isSame(one)));
  const lost = before.filter((one) => !explanations.some(isSame(one)));
  if (fresh.length === 0 && lost.length === 0) return story;
  const kept = before.filter((one) => !lost.includes(one));
  return {
    ...story,
    explainedBy: [...kept, ...fresh.map(({ change, window }) => ({ change, window }))],
    history: [...story.history, ...fresh.map((one) => explained(one, since)), ...lost.map((one) => unexplained(one, now))],
  };
}

const isSame =
  (one: ExplainedBy) =>
  ({ change, window }: ExplainedBy): boolean =>
    change === one.change && window.from === one.window.from && window.to === one.window.to;

function explained(one: ExplainedBy, since: number): Entry {
  return { at: Math.max(since, one.window.from), words: { authority: `explained by ${explanationText(one)}` } };
}

function unexplained({ change }: ExplainedBy, at: number): Entry {
  return { at, words: { authority: `not explained by change ${change} any more: it was taken back` }, turn: true };
}
