import type { Period } from '../../domain/timeline.ts';
import { AssayError, type ErrorCode } from '../../platform/errors.ts';
import { checkQueries, type CliSources, newCliSources } from './cli-sources.ts';
import { timeText } from '../../domain/moment.ts';
import { type Instant, judgeOnce } from './once.ts';
import { type EvaluateIo, type EvaluateOptions, type Mode, modeOf, offsetOf, refuseTimeout } from './options.ts';
import { render, renderNews } from './render.ts';
import { replayAll } from './replay.ts';
import { replayText } from './replay-text.ts';
import { exitCodeOf, type Judged } from './result.ts';
import { loadSubjects, type Subject } from './subjects.ts';
import { type News, watch } from './watch.ts';

const BAD_INPUT = 3;
const INTERRUPTED = 130;
const BAD_INPUT_CODES: readonly ErrorCode[] = ['USAGE', 'MANIFEST_INVALID', 'SPEC_INVALID', 'SECRET_MISSING', 'QUERY_INVALID'];

/**
 * The command: judges, prints, and answers the exit code. 0: every criterion passes; 1: one fails; 2: of one nothing is known, and
 * none fails; 3: bad input; 130: interrupted before anything could be said.
 */
export async function runEvaluate(options: EvaluateOptions, io: EvaluateIo): Promise<number> {
  try {
    return await evaluate(options, io);
  } catch (error) {
    if (error instanceof AssayError && BAD_INPUT_CODES.includes(error.code)) {
      io.warn(error.message);
      return BAD_INPUT;
    }
    if (io.signal.aborted) return INTERRUPTED;
    throw error;
  }
}

async function evaluate(options: EvaluateOptions, io: EvaluateIo): Promise<number> {
  const now = io.clock.now();
  const mode = modeOf(options, now);
  refuseTimeout(options);
  const loaded = await loadSubjects(options.paths, offsetOf(options.offset), io);
  const sources = newCliSources(loaded, options, io);
  try {
    const run: Run = { subjects: loaded.subjects, sources, options, io, now };
    if (mode.kind !== 'Watch') await sources.findSilent();
    await checkQueries(loaded.subjects, sources, io.signal);
    return await runMode(run, mode);
  } finally {
    await sources.close();
  }
}

interface Run {
  readonly subjects: readonly Subject[];
  readonly sources: CliSources;
  readonly options: EvaluateOptions;
  readonly io: EvaluateIo;
  readonly now: number;
}

async function runMode(run: Run, mode: Mode): Promise<number> {
  switch (mode.kind) {
    case 'Once':
      return runOnce(run, mode.at);
    case 'Replay':
      return runReplay(run, mode.period);
    case 'Watch':
      return runWatch(run);
  }
}

async function runOnce(run: Run, at: number | undefined): Promise<number> {
  const instant = instantOf(run, at);
  const judged = await judgeOnce(run.subjects, instant, run.sources, run.io.signal);
  return finish(run, judged, { text: [onceText(instant)], notes: [onceText(instant)] });
}

async function runReplay(run: Run, period: Period): Promise<number> {
  const { subjects, sources, io, now } = run;
  const replayed = await replayAll(subjects, { period, now, sources, signal: io.signal });
  const young = replayed.filter(({ openFrom }) => openFrom !== undefined).length;
  return finish(run, replayed, {
    text: replayed.map((one) => replayText(one, period)),
    notes: young > 0 ? [youngText(young, subjects.length)] : [],
  });
}

async function runWatch({ subjects, sources, options, io }: Run): Promise<number> {
  const tell = (news: News): void => io.write(renderNews(options.output, news));
  return exitCodeOf(await watch(subjects, { sources, clock: io.clock, signal: io.signal, tell }));
}

/** `text` stands below the table; of it, `notes` is what the reader of another format is told beside it. */
function finish(
  { options, io }: Run,
  judged: readonly Judged[],
  further: { readonly text: readonly string[]; readonly notes: readonly string[] },
): number {
  // What was given up half way says nothing of the criteria.
  if (io.signal.aborted) return INTERRUPTED;
  if (options.output !== 'table') further.notes.forEach(io.warn);
  io.write(render(options.output, judged, further.text));
  return exitCodeOf(judged.map(({ result }) => result.verdict));
}

function instantOf({ subjects, sources, io, now }: Run, at: number | undefined): Instant {
  const settled = now - Math.max(...subjects.map((subject) => sources.delayMs(subject)));
  if (at === undefined) return { at: Math.floor(settled / 1000) * 1000, isPast: false };
  if (at > settled)
    io.warn('this instant is younger than the evaluation delay of its sources: a second look may read something else');
  return { at, isPast: at < settled };
}

const onceText = ({ at }: Instant): string =>
  `Judged as of ${timeText(at)}. One look has no history: holdFor, recoverFor and unknownFor count as 0.`;

const youngText = (young: number, all: number): string =>
  `The latest slots of ${young} of ${all} criteria are not judged: the evaluation delay of their sources has not passed.`;
