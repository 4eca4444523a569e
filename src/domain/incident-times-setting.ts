import type { Severity } from '../api/common.ts';
import { AssayError } from '../platform/errors.ts';
import { durationMs, durationText } from './duration.ts';
import { DEFAULT_TIMES, type IncidentTimes, type TimesBySeverity } from './incident-times.ts';

const SEVERITIES = Object.keys(DEFAULT_TIMES) as Severity[];
/** Names of the times as people write them, in the order in which they have to grow. */
const NAMES = { react: 'reactMs', level2: 'level2Ms', level3: 'level3Ms', recover: 'recoverMs' } as const;
type Name = keyof typeof NAMES;
// A time that is added to now has to be a date still.
const TIME = /^[1-9][0-9]{0,4}[smhd]$/;
const FORM = 'critical=react:15m,level2:1h,level3:4h,recover:8h';

/**
 * The times of incidents from settings like `critical=react:15m,level2:1h,level3:4h,recover:8h`, one a severity. What is not named is as
 * in `DEFAULT_TIMES`. Throws AssayError USAGE for what is of another form, named twice, or in another order.
 */
export function incidentTimesOf(settings: readonly string[]): TimesBySeverity {
  const given = settings.map(severityTimes);
  const names = given.map(([severity]) => severity);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw refused(`${twice} is given twice`);
  return { ...DEFAULT_TIMES, ...Object.fromEntries(given) };
}

function severityTimes(text: string): [Severity, IncidentTimes] {
  const at = text.indexOf('=');
  const severity = SEVERITIES.find((each) => each === text.slice(0, Math.max(at, 0)));
  if (severity === undefined) throw refused(`${JSON.stringify(text)} does not begin with one of ${SEVERITIES.join('=, ')}=`);
  const times = text
    .slice(at + 1)
    .split(',')
    .reduce<Partial<IncidentTimes>>((before, part) => withTime(before, part, severity), {});
  return [severity, inOrder(severity, { ...DEFAULT_TIMES[severity], ...times })];
}

function withTime(before: Partial<IncidentTimes>, part: string, severity: Severity): Partial<IncidentTimes> {
  const [name = '', time = ''] = part.split(/:(.*)/s);
  if (!isName(name)) throw refused(`${severity}: ${JSON.stringify(name)} is none of ${Object.keys(NAMES).join(', ')}`);
  if (!TIME.test(time)) throw refused(`${severity}: ${name} is ${JSON.stringify(time)}, no time like 30s, 15m, 4h or 2d`);
  if (NAMES[name] in before) throw refused(`${severity}: ${name} is given twice`);
  return { ...before, [NAMES[name]]: durationMs(time) };
}

const isName = (text: string): text is Name => Object.hasOwn(NAMES, text);

function inOrder(severity: Severity, times: IncidentTimes): IncidentTimes {
  const named = (Object.keys(NAMES) as Name[]).map((name) => ({ name, ms: times[NAMES[name]] }));
  named.forEach(({ name, ms }, at) => {
    const before = named[at - 1];
    if (before !== undefined && ms < before.ms)
      throw refused(`${severity}: ${name} (${durationText(ms)}) is shorter than ${before.name} (${durationText(before.ms)})`);
  });
  return times;
}

const refused = (text: string): AssayError => new AssayError('USAGE', `--incident-times: ${text}; it is written like ${FORM}`);
