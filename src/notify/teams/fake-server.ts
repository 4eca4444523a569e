import { type FakeAnswer, type FakeHttp, type FakeRequest, startFakeHttp } from '../fake-http.ts';
import { sizeInTeams } from './encode.ts';

/** A workflow with the trigger "When a Teams webhook request is received", which posts to one channel. */
export interface FakeTeams extends Pick<FakeHttp, 'asked' | 'next' | 'close'> {
  /** What the Secret holds. */
  readonly address: string;
  /** Each message as a person sees it, line by line. */
  readonly visible: readonly string[];
  /** What the workflow was given and could not post, each with why: it had answered 202 before. */
  readonly lost: readonly string[];
  state: 'on' | 'off' | 'deleted';
}

export const TEAMS_SIGNATURE = 'canary-signature';
const PATH = '/powerautomate/automations/direct/workflows/canary-workflow/triggers/manual/paths/invoke';
const QUERY = `api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${TEAMS_SIGNATURE}`;

/** Starts it. Names of requests: `post`, and `look` for every other method. */
export async function startFakeTeams(): Promise<FakeTeams> {
  const visible: string[] = [];
  const lost: string[] = [];
  const channel = { state: 'on' as FakeTeams['state'] };
  const http = await startFakeHttp({
    nameOf: ({ method }) => (method === 'POST' ? 'post' : 'look'),
    answer: (request) => {
      const refusal = refusalOf(request, channel.state);
      if (refusal !== undefined) return refusal;
      const shown = shownOf(request.body.toString());
      if ('why' in shown) lost.push(shown.why);
      else visible.push(shown.text);
      return { status: 202, body: '' };
    },
  });
  return Object.assign(channel, { ...http, visible, lost, address: `${http.origin}${PATH}?${QUERY}` });
}

function refusalOf({ method, path, query, headers }: FakeRequest, state: FakeTeams['state']): FakeAnswer | undefined {
  if (path !== PATH) return refused(404, 'WorkflowNotFound');
  if (query.get('sig') !== TEAMS_SIGNATURE || query.get('sv') !== '1.0') return refused(401, 'DirectApiAuthorizationRequired');
  if (state !== 'on') return refused(400, 'WorkflowTriggerIsNotEnabled');
  if (method !== 'POST') return refused(405, 'TriggerRequestMethodNotValid', `expected 'POST' and actual '${method}'`);
  return headers['content-type'] === 'application/json' ? undefined : refused(400, 'InvalidRequestContent');
}

const refused = (status: number, code: string, message = `canary-upstream ${TEAMS_SIGNATURE}`): FakeAnswer => ({
  ...{ status, headers: { 'content-type': 'application/json' } },
  body: JSON.stringify({ error: { code, message } }),
});

interface Inline {
  readonly type: string;
  readonly text: string;
}
interface Element {
  readonly type: string;
  readonly items?: readonly Element[];
  readonly inlines?: readonly Inline[];
}
interface Content {
  readonly type: string;
  readonly version: string;
  readonly body: readonly Element[];
  readonly actions: readonly { readonly type: string; readonly title: string; readonly url: string }[];
}
type Shown = { readonly text: string } | { readonly why: string };

function shownOf(body: string): Shown {
  if (sizeInTeams(body) > 28_672) return { why: 'MessageSizeExceeded' };
  const { type, attachments } = JSON.parse(body) as { type: string; attachments: { contentType: string; content: Content }[] };
  const [attachment] = attachments;
  if (type !== 'message' || attachment?.contentType !== 'application/vnd.microsoft.card.adaptive') return { why: 'no card' };
  const { content } = attachment;
  const why = faultOf(content);
  if (why !== undefined) return { why };
  const links = content.actions.map(({ title, url }) => `[${title} -> ${url}]`);
  return { text: [...content.body.flatMap(linesOf), ...links].join('\n') };
}

function faultOf({ type, version, body, actions }: Content): string | undefined {
  if (type !== 'AdaptiveCard' || !['1.4', '1.5'].includes(version)) return 'no Adaptive Card of a version that Teams shows';
  if (actions.length > 6 || actions.some((action) => action.type !== 'Action.OpenUrl' || action.title === '')) return 'actions';
  return body.every(isKnown) ? undefined : 'an element that the schema does not know';
}

const isKnown = ({ type, items, inlines }: Element): boolean =>
  type === 'Container' ? items?.every(isKnown) === true : type === 'RichTextBlock' && inlines?.every(isRun) === true;
const isRun = ({ type, text }: Inline): boolean => type === 'TextRun' && text !== '';

const linesOf = ({ items = [], inlines }: Element): string[] =>
  inlines === undefined ? items.flatMap(linesOf) : [inlines.map(({ text }) => text).join('')];
