import type { LogRecord } from '../../src/api/records.ts';
import { type LyingSource, measuring, startLyingSource } from '../cluster/lying-source.ts';
import { criterion, namespace, source } from '../cluster/manifests.ts';
import { eventually, openWorld, type World } from '../cluster/operator-world.ts';
import { type Fate, fatesOf } from '../e2e/evidence.ts';

import type { CriterionLog } from './what-must-hold/logs.ts';
import { criteriaOnRecord } from './what-must-hold.ts';

const INTERVAL_MS = 1000;

/** A world with a source that says what the test wants, in the namespace `shop`; and no operator. */
export interface ApiScene {
  readonly world: World;
  /** From now on everything measures this. */
  measure(value: '0' | '1'): void;
  close(): Promise<void>;
}

/** Opens one; `names` are the criteria `shop/<name>` of the service `shop`. */
export async function openApiScene(...names: readonly string[]): Promise<ApiScene> {
  const world = await openWorld();
  const lying: LyingSource = await world.session.use(startLyingSource());
  await world.api.apply(namespace('shop'), source('honest', lying.url('honest')), ...names.map(shopCriterion));
  return { world, measure: (value) => lying.behave('honest', measuring(value)), close: () => world.close() };
}

/** A criterion of the service `shop`, judged each second, with a step for the internal team. */
export const shopCriterion = (name: string): ReturnType<typeof criterion> =>
  criterion(`shop/${name}`, { source: 'honest' }, { service: 'shop', escalation: [{ after: '0s', audience: 'internal' }] });

/** What stands on record of a criterion `shop/<name>`; throws while there is nothing. */
export async function onRecord(store: string, name: string): Promise<CriterionLog> {
  const log = (await criteriaOnRecord(store)).find((each) => each.id === `shop/${name}`);
  if (!log) throw new Error(`nothing is on record of ${name}`);
  return log;
}

/** Resolves once the log says that the latest verdict of a criterion is this one. */
export async function untilVerdict(store: string, name: string, verdict: string, withinMs = 30_000): Promise<void> {
  await eventually(async () => {
    const { records } = await onRecord(store, name);
    expect(records.findLast(isVerdict)?.body).toMatchObject({ to: verdict });
  }, withinMs);
}

const isVerdict = (record: LogRecord): record is Extract<LogRecord, { kind: 'VerdictChanged' }> =>
  record.kind === 'VerdictChanged';

/** Resolves once a slot later than now has been judged in time. */
export async function untilJudged(store: string, name: string, withinMs = 30_000): Promise<void> {
  const now = Date.now();
  await eventually(async () => {
    const { events } = await onRecord(store, name);
    expect(events.some((event) => event.kind === 'Slot' && !event.readBack && event.slot > now)).toBe(true);
  }, withinMs);
}

/** What became of its slots from one moment to another, in order. */
export const fatesBetween = ({ events, name }: CriterionLog, fromMs: number, toMs: number): Fate[] =>
  fatesOf(
    events.map((event) => ({ criterion: name, event })),
    name,
    INTERVAL_MS,
  ).flatMap(({ slot, fate }) => (slot >= fromMs && slot <= toMs ? [fate] : []));

/** The changes of a criterion on record, in order: `Created`, `Changed`, `Deleted`, ... */
export async function changesOf(store: string, name: string): Promise<string[]> {
  const { records } = await onRecord(store, name);
  return records.flatMap((record) => (record.kind === 'CriterionChanged' ? [record.body.change] : []));
}
