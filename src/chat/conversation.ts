import { createHash } from 'node:crypto';

import type { Writer, Written } from '../domain/writing.ts';
import type { Asker, Question, Reply } from '../notify/notifier.ts';
import type { Clock } from '../platform/clock.ts';
import { messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { Acts } from './acts.ts';
import type { Answering } from './answers/answering.ts';
import { answerAvailability } from './answers/availability.ts';
import { replyOf } from './answers/card.ts';
import { answerChanges } from './answers/changes.ts';
import { answerHelp } from './answers/help.ts';
import { answerIncident, answerIncidents } from './answers/incidents.ts';
import { answerFailing, answerStatus } from './answers/standing.ts';
import { knownZone, timesIn } from './answers/times.ts';
import { answerUnclear } from './answers/unclear.ts';
import { answerConfirm, answerIncomplete, answerPartly, answerProblem, answerWritten } from './answers/writing.ts';
import { placesFor } from './asker.ts';
import type { Facts } from './facts.ts';
import type { Intent, Language, Unclear } from './intent.ts';
import { type Knowledge, knowledgeOf } from './knowledge.ts';
import { languageOf, parseIntent } from './parse.ts';
import { type Pending, PendingWrites } from './pending.ts';
import { acknowledgePlan, editPlan, type Plan, planOf } from './plan.ts';
import { threadPlan } from './thread-plan.ts';

export interface ConversationOptions {
  readonly facts: Facts;
  readonly acts: Acts;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Answers what people ask. */
export interface Conversation {
  /** Never rejects; a question that is handed over again has the same answer, and writes nothing twice. */
  ask(asker: Asker, question: Question): Promise<Reply | undefined>;
}

/** So many answers are kept for questions that are handed over again. */
const MOST_KEPT = 500;

const UNABLE: Readonly<Record<Language, string>> = {
  en: 'I can not answer that at the moment: please try again',
  de: 'Das kann ich gerade nicht beantworten: bitte versuche es noch einmal',
};

/** Begins a conversation with everybody. */
export function newConversation(options: ConversationOptions): Conversation {
  const talk = new Talk(options);
  const answers = new Map<string, Promise<Reply | undefined>>();
  return {
    ask: (asker, question) => {
      const key = keyOf(asker.channel, question.id);
      const known = answers.get(key);
      if (known) return known;
      const answer = talk.answer(asker, question, key).catch((error: unknown) => {
        options.log.warn('a question can not be answered', { channel: asker.channel, reason: messageOf(error) });
        // What was not answered may be asked again.
        answers.delete(key);
        return replyOf({ title: UNABLE[languageOf(question.text)] });
      });
      answers.set(key, answer);
      const oldest = answers.keys().next().value;
      if (answers.size > MOST_KEPT && oldest !== undefined) answers.delete(oldest);
      return answer;
    },
  };
}

const keyOf = (...parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** A question, with all that its answer needs. */
interface Asked extends Answering {
  readonly asker: Asker;
  readonly question: Question;
  readonly key: string;
}

class Talk {
  readonly #options: ConversationOptions;
  readonly #pending = new PendingWrites();

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  async answer(asker: Asker, question: Question, key: string): Promise<Reply | undefined> {
    const { facts, clock, log } = this.#options;
    const language = languageOf(question.text);
    const zone = knownZone(asker.timeZone);
    const knowledge = await knowledgeOf(facts, asker.audience, placesFor(asker, question.places));
    const now = clock.now();
    const intent = parseIntent(question.text, { now, timeZone: zone, ...namesOf(knowledge) });
    log.debug('somebody asked', { channel: asker.channel, kind: intent.kind });
    // People who talk to each other in a thread are not interrupted.
    if (question.isOverheard === true && !this.#isRequest(intent, asker, question)) return undefined;
    if (intent.kind === 'Unclear') return answerUnclear(intent, language);
    const times = timesIn(zone, language);
    return this.#reply(intent, { asker, question, key, facts, knowledge, audience: asker.audience, language, times, now });
  }

  #isRequest({ kind }: Intent | Unclear, asker: Asker, question: Question): boolean {
    if (kind === 'Confirm' || kind === 'Cancel') {
      const pending = this.#pending.get(who({ asker, question }));
      // What somebody says in another thread is an answer to somebody else.
      return pending !== undefined && (pending.shownIn === undefined || pending.shownIn === question.thread);
    }
    return kind !== 'Unclear' && kind !== 'Help';
  }

  async #reply(intent: Intent, asked: Asked): Promise<Reply> {
    const { asker, language, knowledge } = asked;
    switch (intent.kind) {
      case 'Availability':
        return answerAvailability(asked, intent);
      case 'Status':
        return answerStatus(asked, intent.service);
      case 'Failing':
        return answerFailing(asked, intent.service);
      case 'ListIncidents':
        return answerIncidents(asked, intent.service);
      case 'ShowIncident':
        return answerIncident(asked, intent.incident);
      case 'ListChanges':
        return answerChanges(asked, intent.service);
      case 'Help':
        return answerHelp({ knowledge, language, mayWrite: asker.person !== undefined }, intent.topic);
      case 'Confirm':
        return this.#confirmed(asked);
      case 'Cancel':
        return this.#cancelled(asked);
      case 'Acknowledge':
        return this.#wanted(asked, () => this.#acknowledgement(intent, asked));
      case 'OpenIncident':
      case 'UpdateIncident':
      case 'ResolveIncident':
      case 'DismissIncident':
      case 'ConfirmIncident':
      case 'ReopenIncident':
      case 'Comment':
      case 'Withhold':
        return this.#wanted(asked, () => Promise.resolve(planOf(intent, asked)));
    }
  }

  async #acknowledgement({ on }: Extract<Intent, { kind: 'Acknowledge' }>, asked: Asked): Promise<Plan> {
    const { asker, question, audience } = asked;
    if (on?.kind === 'Incident') return editPlan(on.incident, { kind: 'Acknowledge', audience }, asked);
    if (on) return acknowledgePlan(on, asked);
    const places = placesFor(asker, question.places);
    return threadPlan(question.thread, { ...asked, channel: asker.channel, places });
  }

  /** Only for whom Kubernetes knows, as far as their rights go, and asked for once more where it is not taken back easily. */
  async #wanted(asked: Asked, plan: () => Promise<Plan>): Promise<Reply> {
    const { asker, question, language, key, now } = asked;
    const { person } = asker;
    if (!person) return answerProblem('NotKnown', language);
    const planned = await plan();
    if (planned.kind === 'Problem') return answerProblem(planned.problem, language);
    if (planned.kind === 'Incomplete') return answerIncomplete(planned.missing, language);
    if (planned.kind === 'Impossible') return answerWritten(planned, { lines: [], isOpened: false }, language);
    const { writes, lines, asksFirst } = planned;
    const { answeredIn: shownIn } = question;
    const pending: Pending = { writes, lines, key, askedAt: now, ...(shownIn !== undefined && { shownIn }) };
    if (!asksFirst) return this.#written(pending, person, language);
    for (const write of writes) {
      const refused = await this.#options.acts.refusal(person, write);
      if (refused) return answerWritten(refused, { lines, isOpened: false }, language);
    }
    this.#pending.put(who(asked), pending);
    return answerConfirm(lines, language);
  }

  async #confirmed(asked: Asked): Promise<Reply> {
    const { language, now, asker } = asked;
    if (!asker.person) return answerProblem('NothingPending', language);
    const pending = this.#pending.take(who(asked), now);
    if (pending === undefined) return answerProblem('NothingPending', language);
    if (pending === 'Late') return answerProblem('TooLate', language);
    return this.#written(pending, asker.person, language, () => {
      // Unless something else was asked for meanwhile.
      if (!this.#pending.get(who(asked))) this.#pending.put(who(asked), pending);
    });
  }

  #cancelled(asked: Asked): Reply {
    const found = this.#pending.take(who(asked), asked.now);
    return answerProblem(found === undefined ? 'NothingToCancel' : 'Cancelled', asked.language);
  }

  /** One after the other, until one is refused. `onNotNow`: it may be tried again, and is the same write then. */
  async #written(
    { writes, lines, key }: Pending,
    person: Writer,
    language: Language,
    onNotNow: () => void = () => undefined,
  ): Promise<Reply> {
    let written: Written = { kind: 'Gone' };
    for (const [at, write] of writes.entries()) {
      written = await this.#options.acts.write(person, write, keyOf(key, String(at)));
      if (written.kind === 'NotNow') onNotNow();
      if (written.kind !== 'Written' && at > 0) return answerPartly(written, { done: at, of: writes.length }, language);
      if (written.kind !== 'Written') break;
    }
    return answerWritten(written, { lines, isOpened: writes[0]?.kind === 'OpenIncident' }, language);
  }
}

/** The same person in the same room: in that of another service nobody is to read what is asked for in this one. */
const who = ({ asker, question }: Pick<Asked, 'asker' | 'question'>): string =>
  JSON.stringify([asker.channel, question.person, question.places?.map(({ namespace, service }) => [namespace, service])]);

function namesOf({ services, criteria, incidents }: Knowledge): {
  readonly services: string[];
  readonly criteria: string[];
  readonly incidents: string[];
} {
  return { services: [...services.keys()], criteria: [...criteria.keys()], incidents: [...incidents.keys()] };
}
