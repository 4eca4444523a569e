import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/*
 * The benches are no tests: they run for minutes, and what they measure depends on the machine. Here each is run in a tiny size, to see that
 * it still starts, measures something, and prints its table. bench/peer.ts is not among them: it fetches kopf from PyPI.
 */
interface Bench {
  readonly program: string;
  readonly args?: readonly string[];
  readonly figures: readonly string[];
}

const BENCHES: Readonly<Record<string, Bench>> = {
  'evaluate prints lag, CPU against both references, memory, API writes and what grew with time': {
    program: 'evaluate.ts',
    figures: ['slots not judged in time', 'p99 of lag', 'operator / Prometheus', 'operator / bare client', 'sockets, last third'],
  },
  'transport prints the CPU of a status write against a bare request': {
    program: 'transport.ts',
    figures: ['StatusWriter and transport / bare', 'transport alone / bare'],
  },
  'hang prints the lag with and without a source that hangs': {
    program: 'hang.ts',
    figures: ['p50, hanging / answering', 'p99, hanging / answering', 'slots judged a round, the other one hangs'],
  },
  'start prints the time to the first slot, with and without saved states': {
    program: 'start.ts',
    figures: ['first slot judged, log of 0.1 h', 'without saved states', 'with saved states', 'first slot judged, 30 days'],
  },
  'notify prints how fast many are told, and who was not': {
    program: 'notify.ts',
    args: ['--part', 'storm'],
    figures: ['deviations to three audiences', 'deviations not told to an audience', 'memory, most while telling'],
  },
};

const folder = join(import.meta.dirname, '../../bench');
const LONGEST_MS = 400_000;

test.each(Object.entries(BENCHES))(
  '%s',
  async (_sentence, { program, args = [], figures }) => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, program), '--quick', ...args], {
      timeout: LONGEST_MS,
    });
    for (const figure of figures) expect(stdout).toContain(figure);
    expect(stdout).toMatch(/^figure +median +rounds +target/m);
    expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
  },
  LONGEST_MS + 10_000,
);
