#!/usr/bin/env node
/**
 * The program: flags and environment in, objects put together, started and stopped. The only reader of `process.env` beside
 * `parts/fetch.ts`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import { Command, Option } from 'commander';

import { OUTPUT_FORMATS, type OutputFormat, sourcesOf } from './cli/evaluate/options.ts';
import {
  NOISE_FORMATS,
  type NoiseFormat,
  PREVIEW_FORMATS,
  type PreviewFormat,
  SAMPLES,
  type Sample,
} from './cli/notify/options.ts';
import { durationMs } from './domain/duration.ts';
import { OPEN_INCIDENTS, type OpenIncidents } from './domain/incident-opening.ts';
import { incidentTimesOf } from './domain/incident-times-setting.ts';
import { systemClock } from './platform/clock.ts';
import { AssayError, messageOf } from './platform/errors.ts';
import { type LogLevel, newLogger } from './platform/log.ts';

const BAD_INPUT = 3;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** Aborts at the first SIGINT or SIGTERM (or other signal named); a second one ends the program at once. */
function untilSignalled(...others: readonly NodeJS.Signals[]): AbortSignal {
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', ...others] as const) {
    process.once(name, () => {
      stopped.abort();
      process.once(name, () => process.exit(1));
    });
  }
  return stopped.signal;
}

interface ControllerFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly store: string;
  readonly namespace: string;
  readonly host: string;
  readonly port: string;
  readonly intakePort: string;
  readonly intakeTls?: string;
  readonly leaseDuration: string;
  readonly policyReports: boolean;
  readonly openIncidents: OpenIncidents;
  readonly incidentTimes: string[];
  readonly toldWithin: string;
  readonly logLevel: LogLevel;
}

async function controller(flags: ControllerFlags): Promise<number> {
  const { KUBERNETES_SERVICE_HOST, POD_NAME, POD_UID } = process.env;
  const instance = POD_NAME ?? hostname();
  const leaseDurationMs = spanOf('--lease-duration', flags.leaseDuration);
  const toldWithinMs = spanOf('--told-within', flags.toldWithin);
  const incidentTimes = incidentTimesOf(flags.incidentTimes);
  const log = newLogger(flags.logLevel);
  const signal = untilSignalled();
  // Loaded only where it is needed: a command that judges files starts in a fraction of the time.
  const { startController } = await import('./run-controller.ts');
  const running = await startController({
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    inCluster: KUBERNETES_SERVICE_HOST !== undefined,
    store: flags.store,
    namespace: flags.namespace,
    instance,
    // A pod starts its container again only after the one before has ended; of other processes nobody knows.
    holder: `${instance}_${POD_UID ?? randomUUID()}`,
    leaseDurationMs,
    host: flags.host,
    port: Number(flags.port),
    ...(flags.intakeTls !== undefined && { intakeTls: { port: Number(flags.intakePort), folder: flags.intakeTls } }),
    version,
    policyReports: flags.policyReports,
    openIncidents: flags.openIncidents,
    incidentTimes,
    toldWithinMs,
    clock: systemClock,
    log,
    signal,
  }).catch((error: unknown) => {
    // Stopped while it was still starting, as somebody asked for: that is no failure.
    if (signal.aborted) return undefined;
    throw error;
  });
  if (!running) return 0;
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  try {
    await Promise.race([stopped, running.fatal]);
  } catch (error) {
    log.error('the operator can not go on and ends at once', { error: messageOf(error) });
    await running.abandon();
    throw error;
  }
  log.info('stopping');
  await running.stop();
  return 0;
}

function spanOf(flag: string, text: string): number {
  if (!/^[1-9][0-9]*[smh]$/.test(text))
    throw new AssayError('USAGE', `${flag} ${text} is no duration of a second or more, like 15s`);
  return durationMs(text);
}

interface EvaluateFlags {
  readonly filename: string[];
  readonly source: string[];
  readonly at?: string;
  readonly watch?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly offset?: string;
  readonly output: OutputFormat;
  readonly timeout?: string;
}

async function evaluate({ filename, source, timeout, ...flags }: EvaluateFlags): Promise<number> {
  const { runEvaluate } = await import('./cli/evaluate/index.ts');
  const timeoutMs = timeout === undefined ? undefined : Number(timeout) * 1000;
  const io = { ...terminal, signal: untilSignalled() };
  return runEvaluate({ ...flags, paths: filename, sources: sourcesOf(source), timeoutMs }, io);
}

const terminal = {
  write: (text: string) => void process.stdout.write(`${text}\n`),
  warn: (text: string) => void process.stderr.write(`${text}\n`),
  clock: systemClock,
};

interface PreviewFlags {
  readonly filename: string[];
  readonly as: Sample;
  readonly output: PreviewFormat;
}

async function preview({ filename, as, output }: PreviewFlags): Promise<number> {
  const { runPreview } = await import('./cli/notify/index.ts');
  return runPreview({ paths: filename, sample: as, output }, terminal);
}

interface NoiseFlags {
  readonly store: string;
  readonly since: string;
  readonly output: NoiseFormat;
}

async function noise(flags: NoiseFlags): Promise<number> {
  const { runNoise } = await import('./cli/notify/index.ts');
  return runNoise(flags, { write: (bytes) => void process.stdout.write(bytes), clock: systemClock });
}

async function demo({ keep, deadline }: { keep: boolean; deadline: string }): Promise<number> {
  const { stdout, env } = process;
  // Whoever read our output may go away, as `head` does.
  const unread = new AbortController();
  stdout.on('error', () => unread.abort());
  const screen = {
    write: (text: string) => void stdout.write(text),
    columns: stdout.isTTY ? stdout.columns : 0,
    live: stdout.isTTY,
    colours: stdout.isTTY && stdout.hasColors(),
  };
  const signal = AbortSignal.any([untilSignalled('SIGHUP'), unread.signal]);
  const { runDemo } = await import('./cli/demo/index.ts');
  return runDemo({ keep, withinMs: Number(deadline) * 1000 }, { terminal: screen, env, clock: systemClock, signal });
}

const collect = (value: string, before: string[]): string[] => [...before, value];

function program(done: (code: number) => void): Command {
  const assay = new Command('assay')
    .description('Judges certification criteria against the monitoring that is already there.')
    .version(version)
    .showHelpAfterError();
  const files = (): Option =>
    new Option('-f, --filename <path>', 'file or folder of manifests; may be repeated')
      .argParser(collect)
      .default([] as string[])
      .makeOptionMandatory();
  assay
    .command('controller')
    .description('run the operator')
    .option('--kubeconfig <file>', 'kubeconfig (default: the cluster that this runs in, else as kubectl finds it)')
    .option('--context <name>', 'context of the kubeconfig (default: the current one)')
    .option('--store <file>', 'evidence store; on a local disk', '.assay/evidence.db')
    .option(
      '--namespace <name>',
      "the operator's own namespace, from which it reads Secrets",
      process.env['POD_NAMESPACE'] ?? 'assay-system',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port for /healthz, /readyz and /metrics; 0 takes a free one', '8080')
    .option('--intake-tls <folder>', 'take alerts with client certificates too: folder of tls.crt, tls.key and ca.crt')
    .option('--intake-port <number>', 'port for them; 0 takes a free one', '8443')
    .option('--lease-duration <duration>', 'after how long another operator takes over from one that fell silent', '15s')
    .option('--policy-reports', 'also write verdicts as policy reports, of openreports.io or wgpolicyk8s.io', false)
    .addOption(
      new Option('--open-incidents <severity>', 'open incidents by itself, of criteria from this severity on')
        .choices(OPEN_INCIDENTS)
        .default('never'),
    )
    .option(
      '--incident-times <severity=times>',
      'by when incidents are to be handled, like critical=react:15m,level2:1h,level3:4h,recover:8h; may be repeated',
      collect,
      [] as string[],
    )
    .option('--told-within <duration>', 'so long a message may take from when it was due, before an alarm says so', '5m')
    .addOption(
      new Option('--log-level <level>', 'least level that is logged').choices(['error', 'warn', 'info', 'debug']).default('info'),
    )
    .action(async (flags: ControllerFlags) => done(await controller(flags)));
  assay
    .command('evaluate')
    .description('judge criteria of files against live sources, without a cluster')
    .addOption(files())
    .option('--source <name=url>', 'address of a source; may be repeated', collect, [] as string[])
    .option('--at <time>', 'judge this instant: RFC 3339, seconds since 1970, now, -15m')
    .option('--watch', 'keep judging until interrupted')
    .option('--from <time>', 'replay from this instant')
    .option('--to <time>', 'replay until this instant (default: now)')
    .option('--offset <duration>', 'offset of the slots within the interval, or "service" for that of the operator (default: 0s)')
    .option('--timeout <seconds>', 'how long an answer may take')
    .addOption(new Option('-o, --output <format>', 'output format').choices(OUTPUT_FORMATS).default('table'))
    .action(async (flags: EvaluateFlags) => done(await evaluate(flags)));
  assay
    .command('lint')
    .description('find every mistake in manifests, without a cluster')
    .addOption(files())
    .addOption(new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text'))
    .action(async ({ filename, output }: { filename: string[]; output: 'text' | 'json' }) => {
      const { runLint } = await import('./cli/lint/index.ts');
      done(await runLint({ paths: filename, output, write: (line) => void process.stdout.write(`${line}\n`) }));
    });
  const notify = assay.command('notify').description('what has to do with telling people, without a cluster');
  notify
    .command('preview')
    .description('show what channels of files would be sent of criteria of files, and send nothing')
    .addOption(files())
    .addOption(new Option('--as <what>', 'what is told of').choices(SAMPLES).default('failing'))
    .addOption(new Option('-o, --output <format>', 'output format').choices(PREVIEW_FORMATS).default('text'))
    .action(async (flags: PreviewFlags) => done(await preview(flags)));
  notify
    .command('noise')
    .description('say what messages were sent lately, and what came of them')
    .option('--store <file>', 'evidence store, which is only read: an operator may be at work on it', '.assay/evidence.db')
    .option('--since <duration>', 'how long ago it begins', '7d')
    .addOption(new Option('-o, --output <format>', 'output format').choices(NOISE_FORMATS).default('text'))
    .action(async (flags: NoiseFlags) => done(await noise(flags)));
  // The demo starts our own sources and applies our own CRDs. A bundle, as in the image, brings neither.
  if (existsSync(new URL('./cli/demo/', import.meta.url))) {
    assay
      .command('demo')
      .description('tell the main job as a story, on real parts of its own on this machine')
      .option('--keep', 'leave everything up afterwards, until interrupted', false)
      .addOption(new Option('--deadline <seconds>', 'how long each step may take').default('60').hideHelp())
      .action(async (flags: { keep: boolean; deadline: string }) => done(await demo(flags)));
  }
  for (const command of [...assay.commands, ...notify.commands])
    command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : BAD_INPUT));
  return assay;
}

try {
  await program((code) => {
    process.exitCode = code;
  }).parseAsync();
} catch (error) {
  process.stderr.write(`assay: ${error instanceof AssayError ? `${error.message} (${error.code})` : messageOf(error)}\n`);
  process.exitCode = BAD_INPUT;
}
