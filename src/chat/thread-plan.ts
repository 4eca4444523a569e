import type { Write } from '../domain/writing.ts';
import type { MessageRef, Place } from '../notify/notifier.ts';
import type { Story } from '../notify/stories/story.ts';
import { LINES } from './answers/writing.ts';
import type { Facts } from './facts.ts';
import { editPlan, type Plan, type Planning } from './plan.ts';

export interface ThreadPlanning extends Planning {
  readonly facts: Facts;
  readonly channel: string;
  readonly audience: string;
  readonly places: readonly Place[];
}

/** What a bare `ack` in a thread writes: for each story of the message a note, or that the resolution of the incident was read. */
export async function threadPlan(thread: MessageRef | undefined, planning: ThreadPlanning): Promise<Plan> {
  if (thread === undefined) return { kind: 'Problem', problem: 'NoThread' };
  const { facts, channel, audience, places, knowledge } = planning;
  const stories = await facts.storiesOfMessage(channel, thread, places);
  const incident = stories.find(({ kind }) => kind === 'Incident');
  if (incident) {
    const name = [...knowledge.incidents].find(([, { place, name: of }]) => `${place.namespace}/${of}` === incident.id)?.[0];
    if (name !== undefined) return editPlan(name, { kind: 'Acknowledge', audience }, planning);
  }
  return notes(stories, planning);
}

const MOST_NOTED = 10;

function notes(stories: readonly Story[], { knowledge, language }: ThreadPlanning): Plan {
  const { acknowledge, acknowledged } = LINES[language];
  const open = stories.filter(({ criterion }) => criterion !== undefined).slice(0, MOST_NOTED);
  if (open.length === 0) return { kind: 'Problem', problem: 'NothingThere' };
  const writes = open.map(({ namespace, service, criterion = '', id, ended }): Write => ({
    ...{ kind: 'Comment', namespace, service, criterion, about: 'Note', text: acknowledged },
    // While it goes on, the name of the criterion is enough, and reports find it by that.
    ...(ended !== undefined && { deviation: id }),
  }));
  const isInside = knowledge.level !== 'customers';
  const names = open.map(({ service, criterion = '' }) => (isInside ? criterion : service));
  return { kind: 'Write', writes, lines: [...new Set(names)].map(acknowledge), asksFirst: false };
}
