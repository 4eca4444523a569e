import type { Fates } from './fates.ts';
import { type Histogram, quantileOf, together } from './metrics-text.ts';
import { type Figure, figure } from './table.ts';
import type { Window } from './windows.ts';

/** One round: the operator alone, then with a bare client beside it. */
export interface Round {
  readonly alone: Window;
  readonly beside: Window;
}

/** What the issue asks for at these sizes. */
interface Targets {
  readonly p99LagSeconds: number;
  readonly residentMb: number;
}

const TIMES_PROMETHEUS = 1.5;
const TIMES_CLIENT = 2.5;
const API_WRITES_A_SECOND = 5;
const SMALL = 100;
const MB = 1e6;

const targetsFor = (criteria: number): Targets =>
  criteria <= SMALL ? { p99LagSeconds: 0.1, residentMb: 130 } : { p99LagSeconds: 0.5, residentMb: 180 };

/** The figures of the rounds; none of none. */
export function evaluateFigures(
  rounds: readonly Round[],
  { criteria, calm }: { readonly criteria: number; readonly calm: boolean },
): Figure[] {
  if (rounds.length === 0) return [];
  const alone = rounds.map((round) => round.alone);
  const { p99LagSeconds, residentMb } = targetsFor(criteria);
  const operatorMs = alone.map(({ operatorCpuMs, evaluations }) => operatorCpuMs / evaluations);
  const prometheusMs = rounds.map(prometheusMsOf);
  const clientMs = rounds.map(({ beside }) => beside.askerCpuMs / beside.asked);
  const lag = alone.map((window) => window.lag).reduce(together);
  const ratio = (of: readonly number[]): number[] => operatorMs.map((ms, index) => ms / (of[index] ?? Number.NaN));
  return [
    lagFigure('p50 of lag', lag, 0.5),
    lagFigure('p99 of lag', lag, 0.99, p99LagSeconds),
    figure('CPU an evaluation, operator', operatorMs, { unit: ' ms', digits: 3 }),
    figure('CPU a question, Prometheus, bare selector', prometheusMs, { unit: ' ms', digits: 3 }),
    figure('CPU a question, bare client', clientMs, { unit: ' ms', digits: 3 }),
    figure('operator / Prometheus', ratio(prometheusMs), { atMost: TIMES_PROMETHEUS }),
    figure('operator / bare client', ratio(clientMs), { atMost: TIMES_CLIENT }),
    residentFigure(rounds, residentMb),
    figure(
      calm ? 'API writes a second at rest' : 'API writes a second (statuses of the start still being written)',
      alone.map(({ apiWrites, seconds }) => apiWrites / seconds),
      { atMost: API_WRITES_A_SECOND },
    ),
  ];
}

/** What Prometheus spent on a question of the client: its window against the one without it. */
function prometheusMsOf({ alone, beside }: Round): number {
  return (beside.prometheusCpuMs - (alone.prometheusCpuMs * beside.seconds) / alone.seconds) / beside.asked;
}

/** Every slot is to be judged when it falls due; what was read back later was not. */
export function slotsFigure({ expected, observed, readBack, gaps }: Fates): Figure {
  const missed = expected - observed;
  const spread = `of ${expected}: ${observed} observed, ${readBack} read back, ${gaps} gaps`;
  return { name: 'slots not judged in time', value: String(missed), spread, target: { text: 'at most 0', met: missed === 0 } };
}

function lagFigure(name: string, lag: Histogram, q: number, atMost?: number): Figure {
  const { count = 0 } = lag.at(-1) ?? {};
  const made = figure(name, [quantileOf(lag, q)], { unit: ' s', digits: 3, ...(atMost === undefined ? {} : { atMost }) });
  const within = lag.find(({ bound }) => bound === atMost)?.count;
  const share = within === undefined ? '' : `, ${((100 * within) / count).toFixed(2)} % within`;
  return { ...made, spread: `of ${count}${share}` };
}

function residentFigure(rounds: readonly Round[], atMost: number): Figure {
  const most = Math.max(...rounds.flatMap(({ alone, beside }) => [alone.residentBytes, beside.residentBytes]));
  return figure('resident memory, most', [most / MB], { unit: ' MB', digits: 0, atMost });
}
