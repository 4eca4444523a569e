import type { Level } from '../../api/records.ts';
import { secondText } from '../../domain/moment.ts';
import type { Card } from '../notifier.ts';
import { entriesFor, levelOf, type Story, type ToldChange, toldText } from '../stories/story.ts';

/*
 * How a change looks in a message. For customers only what `toCustomers` holds is looked at.
 */

type Fact = Card['facts'][number];

/** How a change stands, as the beginning of the title; undefined for what is none. */
export function changeMark({ change, ended }: Story, level: Level): string | undefined {
  if (!change) return undefined;
  if (ended) return ended.how === 'CalledOff' ? 'Called off' : 'Over';
  if (level === 'customers') return change.toCustomers?.isCalledOff === true ? 'Called off' : 'Planned';
  return approvalMark(change);
}

function approvalMark({ approval, opened, window }: ToldChange): string {
  if (approval === 'InTime') return 'Approved';
  if (approval === 'Late') return 'Approved too late';
  return opened === window.from ? 'Not approved' : 'Planned';
}

export function changeName({ service, change }: Story, level: Level): string {
  return level === 'customers' ? `${service}, change` : `${service}, change: ${change?.name ?? ''}`;
}

export function changeFacts(story: Story, level: Level): Fact[] {
  const { service, change } = story;
  const window = level === 'customers' ? change?.toCustomers : change?.window;
  return [
    { name: 'Service', value: service },
    ...(level !== 'customers' && change ? insideFacts(story, change) : []),
    ...(window ? [fact('From', secondText(window.from)), fact('Until', secondText(window.to))] : []),
    ...(level === 'customers' ? [] : [fact('Told', toldText(story))]),
  ];
}

const fact = (name: string, value: string): Fact => ({ name, value });

function insideFacts({ namespace }: Story, { name, spec, approval }: ToldChange): Fact[] {
  const { id, category, risk, owner, initiator, requestedBy, approvedBy, reason, ticket, hosts = [] } = spec;
  const facts: Readonly<Record<string, string | undefined>> = {
    Change: `${namespace}/${name}${id === undefined ? '' : ` (${id})`}`,
    ...{ Category: category, Risk: risk, Owner: owner, 'Wanted by': initiator, 'Asked for by': requestedBy },
    'Approved by': approval === 'Missing' ? 'nobody' : `${approvedBy ?? ''}${approval === 'Late' ? ', too late' : ''}`,
    ...{ Reason: reason, Ticket: ticket, Hosts: hosts.length === 0 ? undefined : hosts.join(', ') },
    ...(spec.adjustFigures === true && { Figures: 'are also printed without the time not met in the window' }),
  };
  return Object.entries(facts).flatMap(([label, value]) => (value === undefined ? [] : [fact(label, value)]));
}

/** Customers read the words for them; others what is changed, and what was said of it last. */
export function changeText(story: Story, audience: string): string[] {
  const { change } = story;
  const latest = entriesFor(story, audience).at(-1)?.text;
  if (levelOf(audience) === 'customers') return change?.toCustomers ? [change.toCustomers.text] : [];
  return [...(change ? [change.spec.description] : []), ...(latest === undefined ? [] : [latest])];
}
