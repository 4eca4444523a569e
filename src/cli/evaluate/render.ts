import { stringify } from 'yaml';
import { junitOf } from './junit.ts';
import { timeText } from '../../domain/moment.ts';
import type { OutputFormat } from './options.ts';
import type { Judged } from './result.ts';
import { printable, tableOf } from './table.ts';
import type { News } from './watch.ts';

/** The results in a format, for people with what else there is to read. */
export function render(format: OutputFormat, judged: readonly Judged[], furtherText: readonly string[]): string {
  const results = judged.map(({ result }) => result);
  switch (format) {
    case 'table':
      return [tableOf(judged), ...furtherText.map((text) => text.split('\n').map(printable).join('\n'))].join('\n\n');
    case 'json':
      return JSON.stringify(results, undefined, 2);
    case 'yaml':
      return stringify(results).trimEnd();
    case 'junit':
      return junitOf(results);
  }
}

/** A verdict that is new, as one line, or as one document of YAML. */
export function renderNews(format: OutputFormat, { at, before, result }: News): string {
  const { verdict, message } = result;
  switch (format) {
    case 'table':
      return printable(
        `${timeText(at)}  ${result.criterion}  ${before === undefined ? verdict : `${before} -> ${verdict}`}  ${message}`,
      );
    case 'yaml':
      return `---\n${stringify({ at: timeText(at), ...result }).trimEnd()}`;
    case 'json':
    case 'junit':
      return JSON.stringify({ at: timeText(at), ...result });
  }
}
