import type { Command, Intent, Unclear } from './intent.ts';
import { lexiconOf, phraseAt } from './lexicon.ts';
import { unknown } from './suggestions.ts';
import type { Token } from './tokens.ts';
import { IDLE } from './vocabulary.ts';
import { ORDERS, QUESTIONS } from './words.ts';
import type { World } from './world.ts';

const orders = lexiconOf(ORDERS);
const questions = lexiconOf(QUESTIONS);

/** Help, and of which command: `help availability`, `hilfe Vorfall eröffnen`. */
export function helpTopic(after: readonly Token[], world: World): Intent | Unclear {
  const words = after.filter(({ kind }) => kind === 'Word');
  for (let at = 0; at < words.length;) {
    const topic = topicAt(words, at);
    if (topic) return { kind: 'Help', topic: topic.command };
    const idle = phraseAt(words, at, IDLE);
    const strange = words[at];
    if (!idle && strange) return unknown(world, [strange], { names: [], isNamed: false, otherwise: 'UnknownWord' });
    at += idle?.length ?? 1;
  }
  return { kind: 'Help' };
}

function topicAt(words: readonly Token[], at: number): { command: Command } | undefined {
  const order = phraseAt(words, at, orders);
  const question = phraseAt(words, at, questions);
  if (order && order.length >= (question?.length ?? 0)) return { command: order.means };
  if (question) return { command: question.means === 'Down' ? 'Failing' : question.means };
  return undefined;
}
