import type { Reading } from '../../domain/sample.ts';
import type { EvidenceReader, KindReader, ReadRangeRequest } from '../../sources/source.ts';

/**
 * A reader whose past answers are believed only where the source proves that it was collecting then: a query like
 * `... or vector(0)` answers for times before the server existed, and so does no answer that counts as zero. Samples that rest on
 * data prove themselves. A question that is being asked is not asked twice.
 */
export function believedPast(source: EvidenceReader): EvidenceReader {
  const { prometheus, alerts, logs } = source.kinds;
  return {
    ...source,
    kinds: {
      ...source.kinds,
      ...(prometheus ? { prometheus: believed(prometheus, source) } : {}),
      ...(alerts ? { alerts: believed(alerts, source, NO_PROOF) } : {}),
      ...(logs ? { logs: believed(logs, source, NO_PROOF) } : {}),
    },
  };
}

function believed<Q>(reader: KindReader<Q>, source: EvidenceReader, proof: Proof = byItsData): KindReader<Q> {
  const ranges = newInFlight<readonly Reading[]>();
  const heartbeats = newInFlight<readonly boolean[]>();

  const readRange = async (request: ReadRangeRequest<Q>, signal: AbortSignal): Promise<readonly Reading[]> => {
    const { query, maxAgeMs, ...range } = request;
    const readings = await reader.readRange(request, signal);
    const restsOnData = await proof(() => reader.read({ query, maxAgeMs, slot: LONG_BEFORE_ANY_DATA }, signal));
    const isDoubtful = (reading: Reading): boolean =>
      reading.kind === 'Samples' && (!restsOnData || reading.samples.length === 0);
    if (!readings.some(isDoubtful)) return readings;
    const collecting = await heartbeats(JSON.stringify(range), () => source.wasCollecting(range, signal));
    return readings.map((reading, index) => (isDoubtful(reading) && collecting[index] !== true ? NOT_COLLECTING : reading));
  };
  return { ...reader, readRange: (request, signal) => ranges(JSON.stringify(request), () => readRange(request, signal)) };
}

/** Whether the samples of an answer prove that there was data. */
type Proof = (askLongAgo: () => Promise<Reading>) => Promise<boolean>;

const byItsData: Proof = async (askLongAgo) => {
  const alone = await askLongAgo();
  return alone.kind === 'Samples' && alone.samples.length === 0;
};
/** A count answers with a number whatever there was. */
const NO_PROOF: Proof = () => Promise.resolve(false);

const LONG_BEFORE_ANY_DATA = 0;

const NOT_COLLECTING: Reading = {
  kind: 'Unavailable',
  reason: 'NoHistory',
  message: 'the source does not prove that it was collecting then (its heartbeat query is empty)',
};

function newInFlight<T>(): (key: string, ask: () => Promise<T>) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (key, ask) => {
    const running = asked.get(key) ?? ask().finally(() => asked.delete(key));
    asked.set(key, running);
    return running;
  };
}
