import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { API_VERSION } from '../src/api/common.ts';
import { EVENT_REASONS } from '../src/api/conditions.ts';
import { KINDS } from '../src/api/kinds.ts';
import type { KnownIncident } from '../src/domain/incident.ts';
import { figuresOf } from '../src/domain/figures.ts';
import type { CriterionStanding } from '../src/domain/standing.ts';
import { Metrics } from '../src/platform/metrics.ts';
import { newReadApi, startWeb, type WebServer } from '../src/web/index.ts';

/* Examples for programs that are not ours: what they name exists, and what they do is done. */

const examples = join(import.meta.dirname, '../examples');

test('Botkube is told of kinds and reasons that there are', () => {
  interface Source {
    readonly 'botkube/kubernetes': {
      readonly config: {
        readonly event: { readonly reason?: { readonly include: readonly (keyof typeof EVENT_REASONS)[] } };
        readonly resources: readonly { readonly type: string }[];
      };
    };
  }
  const { sources } = parse(readFileSync(join(examples, 'botkube/values.yaml'), 'utf8')) as { sources: Record<string, Source> };
  const known = KINDS.map(({ plural }) => `${API_VERSION}/${plural}`);
  for (const { 'botkube/kubernetes': kubernetes } of Object.values(sources)) {
    const { event, resources } = kubernetes.config;
    for (const { type } of resources) expect(known).toContain(type);
    // It forwards nothing but warnings.
    for (const reason of event.reason?.include ?? []) expect(EVENT_REASONS[reason]).toMatchObject({ type: 'Warning' });
  }
});

describe('Hubot', () => {
  const TOKEN = 'a-token-of-the-tests';
  const HOUR = 3_600_000;
  let web: WebServer;
  let isKnown = true;
  let isAtWork = true;
  type Answer = (message: { readonly match: RegExpExecArray; send(text: string): void }) => Promise<void>;
  const answers: [RegExp, Answer][] = [];

  beforeAll(async () => {
    const times = { met: 23 * HOUR, notMet: HOUR, unknown: 0, suspended: 0, unobserved: 0 };
    const period = { plain: figuresOf(times), times, disruptions: 2, longestMs: HOUR, changes: [], criteria: [] };
    const failing = { verdict: 'Fail', since: Date.UTC(2026, 10, 28), spec: { title: 'The shop answers' }, message: 'up is 0' };
    const incident = (state: string): unknown => ({
      known: { latest: { title: 'Stuck <!channel>\n@room \u202Enow', severity: 'high', state }, openedAt: 0 },
    });
    const read = newReadApi({
      whose: (token) => Promise.resolve(isKnown && token === TOKEN ? { user: 'hubot', groups: [] } : undefined),
      mayList: () => Promise.resolve(true),
      services: () => ['mail', 'shop'],
      now: () => Date.now(),
      facts: {
        criteria: () => Promise.resolve([failing as unknown as CriterionStanding]),
        incidents: () => {
          const all = [
            ['stuck', incident('Open')],
            ['old', incident('Resolved')],
          ] as [string, { known: KnownIncident }][];
          return Promise.resolve(new Map(all));
        },
        period: () => Promise.resolve(period),
      },
    });
    const { registry } = new Metrics();
    web = await startWeb({
      host: '127.0.0.1',
      port: 0,
      registry,
      notReady: () => undefined,
      read: () => (isAtWork ? read : undefined),
    });
    const settings = { URL: `http://127.0.0.1:${web.port}`, TOKEN, NAMESPACE: 'shop' };
    for (const [name, value] of Object.entries(settings)) process.env[`HUBOT_ASSAY_${name}`] = value;
    const script = (await import(join(examples, 'hubot/assay.mjs'))) as {
      default: (robot: { respond: (pattern: RegExp, answer: Answer) => void }) => void;
    };
    script.default({ respond: (pattern, answer) => void answers.push([pattern, answer]) });
  });
  afterAll(() => web.close());

  const say = async (text: string): Promise<string[]> => {
    const said: string[] = [];
    for (const [pattern, answer] of answers) {
      // As Hubot does, behind its name.
      const match = new RegExp(`^(?:${pattern.source})`, pattern.flags).exec(text);
      if (match) await answer({ match, send: (line) => void said.push(line) });
    }
    return said;
  };

  test.each<[asked: string, answer: RegExp]>([
    ['services', /^mail, shop$/],
    ['status of shop', /^Fail since 2026-11-28T00:00:00Z: The shop answers \(up is 0\)$/],
    [
      'availability of shop',
      /^shop: 95\.833 % since \S+Z \(95\.833 to 95\.833 %, 100\.000 % observed\), 60 minutes down in 2 disruptions$/,
    ],
    ['availability of shop in the last 7 days', /^shop: 95\.833 %/],
    // Nobody is called, and no line is forged, by what a title holds.
    ['incidents of shop', /^stuck \(Open, high\): Stuck ‹!channel› @\u2060room now$/],
    ['status of services', /^Assay did not answer: there is no such service$/],
    ['status of nothing', /^Assay did not answer: there is no such service$/],
  ])('%s', async (asked, answer) => {
    expect(await say(asked)).toEqual([expect.stringMatching(answer)]);
  });

  test('an operator that is not at work', async () => {
    isAtWork = false;
    expect(await say('services')).toEqual(['Assay did not answer: status 503']);
    isAtWork = true;
  });

  test('a token that is nobody’s any more', async () => {
    isKnown = false;
    expect(await say('services')).toEqual(['Assay did not answer: a bearer token of Kubernetes is asked for']);
  });
});
