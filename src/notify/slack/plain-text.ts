import { questionText } from '../listening/asked.ts';

// https://docs.slack.dev/messaging/formatting-message-text/#retrieving-messages: what stands in angle brackets is never what people typed.
const MARKUP = /<([^<>|]*)(?:\|([^<>]*))?>/g;
const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** What a person wrote, without the markup of Slack; mentions of `own`, ids of users, are left out. */
export function plainText(text: string, own: readonly string[] = []): string {
  const words = text.replace(MARKUP, (_all, target: string, label: string | undefined) => wordsOf(target, label, own));
  // Each once: `&amp;lt;` is what somebody writes who means `&lt;`.
  return questionText(words.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity));
}

function wordsOf(target: string, label: string | undefined, own: readonly string[]): string {
  const sign = target.charAt(0);
  if (sign === '@') return own.includes(target.slice(1)) ? ' ' : `@${label ?? target.slice(1)}`;
  if (sign === '#') return `#${label ?? target.slice(1)}`;
  if (sign === '!') return label ?? `@${target.slice(1)}`;
  return label ?? target;
}
