import type { TemplateName, Templates } from '../../api/channel.ts';
import { cut } from '../../domain/cut.ts';
import { secondText } from '../../domain/moment.ts';
import { controlsOf, TITLE_LENGTH } from './cards.ts';
import type { About, Card } from '../notifier.ts';
import { oneLine } from '../plain.ts';

/** What a message is about, and whether it shows how things stand: what only says what came since gets no note. */
export interface Filling {
  readonly about: About;
  /** How it stands, in a word or two. */
  readonly state: string;
  readonly isWhole: boolean;
}

const NOTE_LENGTH = 2_000;
const NOTHING = '\u2013';

/**
 * The message in the channel's own words. They are text without logic, and hold what `about` holds, which is what the audience may see;
 * the encoder of the platform takes the whole for plain text.
 */
export function templated(card: Card, { title = '{title}', note }: Templates, { about, state, isWhole }: Filling): Card {
  const values = valuesOf(card, about, state);
  const paragraphs = note === undefined || !isWhole ? [] : [cut(filled(note, values), NOTE_LENGTH)];
  return { ...card, title: cut(oneLine(filled(title, values)), TITLE_LENGTH), paragraphs: [...card.paragraphs, ...paragraphs] };
}

type Values = Readonly<Record<TemplateName, string>>;

function valuesOf(card: Card, about: About, state: string): Values {
  const { service, namespace, severity, since, criterion = NOTHING, controls = [] } = about;
  return {
    ...{ title: card.title, state, service, namespace, severity, criterion },
    since: since === undefined ? NOTHING : secondText(since),
    controls: controls.length === 0 ? NOTHING : controlsOf({ controls: [...controls] }),
  };
}

/** What is put in is not looked at again. */
function filled(template: string, values: Values): string {
  return template.replace(/\{([a-z]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name as TemplateName] : whole,
  );
}
