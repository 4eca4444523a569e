import { type FakeAnswer, type FakeHttp, type FakeRequest, startFakeHttp } from '../fake-http.ts';
import type { Alert } from './encode.ts';

/** One replica of Alertmanager that takes alerts and tells nobody, for what a real one can not be made to do. */
export interface FakeAlertmanager extends Pick<FakeHttp, 'asked' | 'next' | 'close'> {
  readonly url: string;
  /** The alerts that fire, as the page of Alertmanager shows them. */
  readonly visible: () => readonly string[];
}

/** Starts it behind a proxy that wants this token. Names of requests: `alerts`, `look`. */
export async function startFakeAlertmanager(now: () => number, token?: string): Promise<FakeAlertmanager> {
  const alerts = new Map<string, Alert>();
  const http = await startFakeHttp({
    nameOf: ({ method }) => (method === 'POST' ? 'alerts' : 'look'),
    answer: (request) => {
      if (token !== undefined && request.headers['authorization'] !== `Bearer ${token}`) return { status: 401, body: 'canary' };
      if (request.method === 'GET')
        return request.path === '/am/api/v2/status' ? { status: 200, body: '{}' } : { status: 404, body: '' };
      const refusal = refusalOf(request);
      if (refusal !== undefined) return refusal;
      for (const alert of JSON.parse(request.body.toString()) as Alert[]) alerts.set(JSON.stringify(alert.labels), alert);
      return { status: 200, body: '' };
    },
  });
  const fires = ({ endsAt }: Alert): boolean => endsAt === undefined || Date.parse(endsAt) > now();
  return {
    ...{ ...http, url: `${http.origin}/am` },
    visible: () =>
      [...alerts.values()].filter(fires).map(({ labels, annotations }) => `${labels['alertname']}: ${annotations['summary']}`),
  };
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function refusalOf({ path, headers, body }: FakeRequest): FakeAnswer | undefined {
  if (path !== '/am/api/v2/alerts') return { status: 404, body: '' };
  if (headers['content-type'] !== 'application/json') return { status: 415, body: '' };
  const alerts = JSON.parse(body.toString()) as Alert[];
  return alerts.length > 0 && alerts.every(isGood) ? undefined : { status: 400, body: '"canary-upstream"' };
}

/** What `postableAlerts` and `Alert.Validate` ask: names of labels, no end before the beginning, an address that is a URI. */
function isGood({ labels, annotations, startsAt, endsAt, generatorURL }: Alert): boolean {
  const texts = [...Object.entries(labels), ...Object.entries(annotations)];
  const named = texts.every(([name, text]) => NAME.test(name) && typeof text === 'string' && text.isWellFormed());
  const dated = [startsAt, endsAt ?? startsAt].every((date) => DATE_TIME.test(date));
  const ordered = Date.parse(endsAt ?? startsAt) >= Date.parse(startsAt);
  return (
    Object.keys(labels).length > 0 && named && dated && ordered && (generatorURL === undefined || URL.canParse(generatorURL))
  );
}
