import { HandClock } from '../../platform/hand-clock.ts';
import type { Clock } from '../../platform/clock.ts';
import { Screen, secondsText, wrap } from './screen.ts';

interface On {
  readonly columns?: number;
  readonly live?: boolean;
  readonly colours?: boolean;
}

function newScreen(on: On = {}, clock: Clock = new HandClock()): { screen: Screen; text: () => string } {
  let text = '';
  const write = (more: string): void => void (text += more);
  return { screen: new Screen({ write, columns: 0, live: false, colours: false, ...on }, clock), text: () => text };
}

test.each(
  Object.entries<{ text: string; width: number; indent?: string; want: string[] }>({
    'a short text is one line': { text: 'one two', width: 7, want: ['one two'] },
    'a longer one breaks at spaces': { text: 'one two three', width: 8, want: ['one two', 'three'] },
    'a word that is too long stands alone': { text: 'a http://127.0.0.1 b', width: 5, want: ['a', 'http://127.0.0.1', 'b'] },
    'every line is indented': { text: 'one two', width: 5, indent: '  ', want: ['  one', '  two'] },
    'lines of other programs become one text': { text: 'one\n  two', width: 80, want: ['one two'] },
    'what moves the cursor is taken out': { text: '\u001b[2Jone\u001b[31m', width: 80, want: ['one'] },
  }),
)('%s', (_sentence, { text, width, indent, want }) => expect(wrap(text, width, indent)).toEqual(want));

test.each(
  Object.entries({
    'a narrow terminal': { columns: 40, want: 40 },
    'a wide one': { columns: 300, want: 100 },
    'one of unknown width': { columns: 0, want: 100 },
  }),
)('a paragraph fits into %s', (_sentence, { columns, want }) => {
  const { screen, text } = newScreen({ columns });
  screen.paragraph('ten chars '.repeat(50));
  const longest = Math.max(
    ...text()
      .split('\n')
      .map(({ length }) => length),
  );
  expect([longest <= want, longest > want - 10]).toEqual([true, true]);
});

test('what a command prints stays as it is', () => {
  const { screen, text } = newScreen({ columns: 20 });
  screen.command('kubectl get crit', 'NAME            VERDICT   MEASURED\nshop            Pass      1\n');
  expect(text()).toBe('$ kubectl get crit\nNAME            VERDICT   MEASURED\nshop            Pass      1\n');
});

test('rows are aligned', () => {
  const { screen, text } = newScreen();
  screen.rows([
    ['shop', 'http://a', ''],
    ['Prometheus', 'b', 'c'],
  ]);
  expect(text()).toBe('  shop        http://a\n  Prometheus  b         c\n');
});

test('colours come only where they are wanted', () => {
  const plain = newScreen();
  plain.screen.seen('it');
  expect(plain.text()).toBe('✓ it\n');
  const coloured = newScreen({ colours: true });
  coloured.screen.seen('it');
  expect(coloured.text()).toBe('\u001b[32m✓\u001b[39m it\n');
});

test('in a terminal the seconds pass, and the line is gone afterwards', async () => {
  const clock = new HandClock();
  const { screen, text } = newScreen({ live: true }, clock);
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = screen.waiting('waiting for it', promise);
  await clock.advance(1000);
  resolve('seen');
  expect(await waiting).toBe('seen');
  await clock.advance(1000);
  expect(text().split('\r\u001b[2K')).toEqual(['', '… waiting for it (0 s)', '… waiting for it (1 s)', '']);
});

test('elsewhere what is waited for is said once', async () => {
  const { screen, text } = newScreen();
  await screen.waiting('waiting for it', Promise.resolve());
  expect(text()).toBe('… waiting for it\n');
});

test('a wait that fails takes its line with it', async () => {
  const { screen, text } = newScreen({ live: true });
  await expect(screen.waiting('waiting', Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
  expect(text().endsWith('\r\u001b[2K')).toBe(true);
});

test('seconds are whole', () => expect([secondsText(400), secondsText(1_600)]).toEqual(['0 s', '2 s']));
