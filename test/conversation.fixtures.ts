import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ChangeRecordSpec } from '../src/api/change.ts';
import type { CertificationCriterion, CertificationCriterionSpec, OutcomeKind } from '../src/api/criterion.ts';
import type { IncidentSpec } from '../src/api/incident.ts';
import type { RecordBody } from '../src/api/records.ts';
import { type Acts, newConversation } from '../src/chat/index.ts';
import { newChangeBooks } from '../src/controller/keeping/change-book.ts';
import { changeRecord, subjectOf } from '../src/controller/judging/changes.ts';
import { newChatFacts } from '../src/controller/asking/chat-facts.ts';
import { newIncidentBooks } from '../src/controller/keeping/incident-book.ts';
import { StoryLedger } from '../src/controller/telling/story-ledger.ts';
import { Ledger } from '../src/controller/judging/ledger.ts';
import { observationOf } from '../src/controller/judging/observation-records.ts';
import { changeAfter, changeRecords, type KnownChange } from '../src/domain/change.ts';
import { incidentAfter, incidentChanges, incidentDeleted, type KnownIncident } from '../src/domain/incident.ts';
import type { Write, Writer, Written } from '../src/domain/writing.ts';
import { type EvidenceStore, openSqliteStore } from '../src/evidence/index.ts';
import type { Asker, Question, Reply } from '../src/notify/index.ts';
import { HandClock } from '../src/platform/hand-clock.ts';
import { silentLogger } from '../src/platform/log.ts';
import { unobservable } from '../src/sources/observe.ts';

/*
 * A shop that was down in the window of an approved change, and is down since 15:00; a mail service that is well; a bank that no asker may
 * know of. The night before it an operator wrote all of it into a real log.
 */

const NAMESPACE = 'web';
export const SHOP = { namespace: NAMESPACE, service: 'shop' };
export const MAIL = { namespace: NAMESPACE, service: 'mail' };
export const BANK = { namespace: NAMESPACE, service: 'bank' };
const TEN_MINUTES = 600_000;
const at = (time: string): number => Date.parse(`2026-11-28T${time}:00Z`);

/** Words of the inside, each in a field of its own, that nobody outside ever reads. */
export const CANARIES = [
  ...[
    'front-probe',
    'front-cpu',
    'Front door',
    'Load of node-7',
    'up is 0',
    'up == 1',
    'OPS-02',
    'BSI-C5',
    'runbooks.example.org',
  ],
  ...['Payments hang on node-7', 'Ask Eve', 'The disk is full', 'ada', 'Logins are slow', 'login-slow'],
  ...['disk-swap', 'new-router', 'wipe-node', 'Swap the disk', 'Rack 4', 'team-sre', 'Because of SHOP-7', 'Severity', 'Schwere:'],
] as const;

interface Life {
  readonly name: string;
  readonly service: string;
  readonly spec?: Partial<CertificationCriterionSpec>;
  readonly isMet: (slot: number) => boolean;
}

const isDown = (slot: number): boolean => (slot >= at('10:00') && slot < at('10:50')) || slot >= at('14:00');

const LIVES: readonly Life[] = [
  {
    ...{ name: 'front-probe', service: 'shop', isMet: (slot) => !isDown(slot) },
    spec: { title: 'Front door', severity: 'high', runbook: 'https://runbooks.example.org/front' },
  },
  {
    ...{ name: 'front-cpu', service: 'shop', isMet: () => true },
    spec: { title: 'Load of node-7', objective: { target: '99', window: '30d', of: 'Other' } },
  },
  { name: 'mail-probe', service: 'mail', isMet: () => true },
  { name: 'bank-probe', service: 'bank', isMet: () => false },
];

function criterion({ name, service, spec }: Life): CertificationCriterion {
  return {
    ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'CertificationCriterion', metadata: { name, namespace: NAMESPACE, uid: name } },
    spec: {
      ...{ title: name, service, controls: [{ catalog: 'BSI-C5', version: '2020', id: 'OPS-02' }] },
      ...{ interval: '10m', holdFor: '0s', recoverFor: '0s', unknownFor: '0s' },
      evidence: [{ name: 'up', prometheus: { source: 'prometheus', query: 'up' } }],
      rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
      ...spec,
    },
  };
}

async function live(ledger: Ledger, life: Life, until: number): Promise<void> {
  const { namespace = '', name } = criterion(life).metadata;
  const entry = { namespace, service: life.service, criterion: name };
  const begun = changeRecord(subjectOf(criterion(life)), 'Created', at('08:00'));
  await ledger.commit({ ...entry, content: begun, message: '' });
  for (let slot = at('08:00'); slot < until; slot += TEN_MINUTES) {
    const known = ledger.get(`${namespace}/${name}`);
    if (!known) throw new Error('is not there');
    const outcome: OutcomeKind = life.isMet(slot) ? 'Met' : 'NotMet';
    const samples = [{ labels: {}, value: outcome === 'Met' ? 1 : 0 }];
    const observation = unobservable(known.spec, slot, { kind: 'Samples', samples });
    const message = outcome === 'Met' ? 'up is 1' : 'up is 0, required == 1';
    await ledger.commit({ ...entry, content: observationOf(known, observation), message });
  }
}

const RESOLUTION = { cause: 'A cable was loose.', measures: 'It was fixed.', prevention: 'It is checked.' };
const update = (id: number, audience: string, text: string) => ({ id, author: 'ada', audience, text });

/** What was said of incidents, one after the other. */
const INCIDENTS: readonly (readonly [name: string, time: string, spec: IncidentSpec])[] = [
  ['old-outage', '08:10', { service: 'shop', title: 'Payments hang on node-7', reporter: 'ada' }],
  [
    ...['old-outage', '08:40'],
    { service: 'shop', title: 'Payments hang on node-7', state: 'Resolved', resolution: RESOLUTION, resolver: 'ada' },
  ] as [string, string, IncidentSpec],
  ['payments-stuck', '14:05', { service: 'shop', title: 'Payments hang on node-7', severity: 'high', reporter: 'ada' }],
  [
    ...['payments-stuck', '14:10'],
    {
      ...{ service: 'shop', title: 'Payments hang on node-7', severity: 'high', reporter: 'ada' },
      updates: [
        update(1, 'internal', 'Ask Eve'),
        update(2, 'authority', 'The disk is full'),
        update(3, 'customers', 'We are working on it.'),
      ],
    },
  ] as [string, string, IncidentSpec],
  ['login-slow', '13:00', { service: 'mail', title: 'Logins are slow', state: 'Suspected' }],
  ['bank-heist', '13:00', { service: 'bank', title: 'Gold is gone', updates: [update(1, 'customers', 'Gold is gone.')] }],
];

async function sayOfIncidents(store: EvidenceStore): Promise<void> {
  const known = new Map<string, KnownIncident>();
  for (const [name, time, spec] of INCIDENTS) {
    const object = {
      apiVersion: 'assay.dev/v1alpha1',
      kind: 'Incident',
      metadata: { name, namespace: NAMESPACE, uid: name },
      spec,
    };
    for (const body of incidentChanges(known.get(name), object, at(time))) {
      await store.append([{ kind: 'IncidentChanged', namespace: NAMESPACE, service: spec.service, body }]);
      known.set(name, incidentAfter(known.get(name), body));
    }
  }
  // To delete its object resolves nothing.
  for (const body of incidentDeleted(known.get('login-slow')!, at('14:20')))
    await store.append([{ kind: 'IncidentChanged', namespace: NAMESPACE, service: 'mail', body }]);
}

function change(from: string, to: string, more: Partial<ChangeRecordSpec>): ChangeRecordSpec {
  return {
    ...{ service: 'shop', owner: 'team-sre', initiator: 'team-sre', reason: 'Because of SHOP-7', description: 'Swap the disk' },
    ...{ category: 'Regular', risk: 'Low', requestedBy: 'ada', hosts: ['Rack 4'] },
    ...{ window: { from, to }, ...more },
  };
}

const CHANGES: readonly (readonly [name: string, spec: ChangeRecordSpec])[] = [
  ['disk-swap', change('2026-11-28T10:00:00Z', '2026-11-28T11:00:00Z', { approvedBy: 'bo', adjustFigures: true })],
  [
    'new-router',
    change('2026-11-29T02:00:00Z', '2026-11-29T03:00:00Z', {
      approvedBy: 'bo',
      tellCustomers: { before: '2d', text: 'The shop is closed for an hour.' },
    }),
  ],
  ['wipe-node', change('2026-11-30T02:00:00Z', '2026-11-30T03:00:00Z', { tellCustomers: { text: 'Never said.' } })],
];

async function planChanges(store: EvidenceStore, now: number): Promise<void> {
  for (const [name, spec] of CHANGES) {
    const object = {
      apiVersion: 'assay.dev/v1alpha1',
      kind: 'ChangeRecord',
      metadata: { name, namespace: NAMESPACE, uid: name },
      spec,
    };
    let known: KnownChange | undefined;
    for (const body of changeRecords(known, object, now)) {
      await store.append([{ kind: 'ChangeRecorded', namespace: NAMESPACE, service: spec.service, body }]);
      known = changeAfter(known, body, now);
    }
  }
}

/** A message that a channel was sent of a story. */
async function tell(store: EvidenceStore, channel: string, stories: readonly string[], message: string): Promise<void> {
  const [story = ''] = stories;
  const body: RecordBody<'Delivery'> = {
    ...{ id: 'ab'.repeat(32), channel, audience: 'internal', story, stories: [...stories], state: 1 },
    ...{ phase: 'Delivered', at: at('14:06'), ended: false, action: 'Post', message },
  };
  await store.append([{ kind: 'Delivery', namespace: NAMESPACE, service: 'shop', slot: at('14:06'), body }]);
}

export interface Talk {
  readonly clock: HandClock;
  /** What was written, and by whom. */
  readonly writes: { readonly user: string; readonly write: Write; readonly key: string }[];
  /** What becomes of the writes that follow, or of each by its number. */
  outcome: Written | ((number: number) => Written);
  /** The id of the deviation that goes on. */
  readonly deviation: string;
  ask(asker: Partial<Asker>, question: Partial<Question> & Pick<Question, 'text'>): Promise<Reply | undefined>;
  close(): Promise<void>;
}

export const ADA: Writer = { user: 'ada', groups: ['sre'] };

/** A conversation over a real log; the API server alone is played by a list. */
export async function openTalk(): Promise<Talk> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-talk-'));
  const clock = new HandClock(at('07:00'));
  const store = openSqliteStore({ path: join(dir, 'evidence.db'), clock, commitDelayMs: 0 });
  const ledger = new Ledger(store, { told: () => undefined, stored: () => undefined, failed: () => undefined });
  await planChanges(store, clock.now());
  await clock.advance(at('14:25') - clock.now());
  await Promise.all(LIVES.map((life) => live(ledger, life, clock.now())));
  await sayOfIncidents(store);
  const books = { incidents: newIncidentBooks(store), changes: newChangeBooks(store), stories: new StoryLedger(store) };
  const facts = newChatFacts({ store, ledger, clock, ...books });
  const [past = '', deviation = ''] =
    (await facts.criteria(SHOP)).find(({ name }) => name === 'front-probe')?.deviations.map(({ id }) => id) ?? [];
  if (deviation === '') throw new Error('it was to be down');
  await tell(store, 'team', [deviation], '$deviation');
  await tell(store, 'both', [deviation, past], '$both');
  await tell(store, 'team', [`${NAMESPACE}/old-outage`], '$incident');
  await clock.advance(at('14:30') - clock.now());
  const writes: Talk['writes'] = [];
  const acts: Acts = {
    refusal: ({ user }, { kind }) =>
      Promise.resolve(
        user === 'vera'
          ? { kind: 'Forbidden', verb: kind === 'EditIncident' ? 'update' : 'create', resource: 'incidents' }
          : undefined,
      ),
    write: ({ user }, write, key) => {
      writes.push({ user, write, key });
      return Promise.resolve(typeof talk.outcome === 'function' ? talk.outcome(writes.length) : talk.outcome);
    },
  };
  const conversation = newConversation({ facts, acts, clock, log: silentLogger() });
  let count = 0;
  const talk: Talk = {
    ...{ clock, writes, deviation, outcome: { kind: 'Written', name: 'shop-1' } },
    ask: (asker, question) => {
      const common = { channel: 'team', audience: 'internal', timeZone: 'Europe/Berlin', places: [SHOP, MAIL] };
      count += 1;
      return conversation.ask({ ...common, ...asker }, { id: `q${count}`, person: '@ada:x', at: clock.now(), ...question });
    },
    close: async () => {
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
  return talk;
}

/** An answer as text: its tone where it has one, its title, and whatever it holds. */
export function textOf(reply: Reply | undefined): string {
  if (!reply) return '';
  const { tone, title, facts, paragraphs, links } = reply.card;
  const lines = [
    ...facts.map(({ name, value }) => `${name}: ${value}`),
    ...paragraphs,
    ...links.map(({ text, url }) => `[${text}] ${url}`),
  ];
  return [`${tone === 'Notice' ? '' : `${tone} `}${title}`, ...lines].join('\n');
}
