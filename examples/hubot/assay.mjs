// Description:
//   Asks Assay how services stand, by its read API.
//
// Configuration:
//   HUBOT_ASSAY_URL       - address of the operator, such as http://assay.assay-system:8080
//   HUBOT_ASSAY_TOKEN     - bearer token of a service account that may list criteria and incidents (or HUBOT_ASSAY_TOKEN_FILE)
//   HUBOT_ASSAY_NAMESPACE - namespace of the services
//
// Commands:
//   hubot services - which services there are
//   hubot status of <service> - what holds of it, and what does not
//   hubot availability of <service> [in the last <n> hours|days|weeks] - in percent, by default of the last day
//   hubot incidents of <service> - those that are open

import { readFile } from 'node:fs/promises';

const HOURS = { hour: 1, day: 24, week: 168 };
const TIMEOUT_MS = 10_000;

/** What Hubot calls with its robot. An answer is a list of lines. */
export default (robot) => {
  const answer = (pattern, make) =>
    robot.respond(pattern, async (message) => {
      try {
        message.send((await make(message.match)).map(plain).join('\n'));
      } catch (error) {
        message.send(plain(`Assay did not answer: ${error?.message ?? 'nobody knows why'}`));
      }
    });

  answer(/services$/i, async () => {
    const { services } = await read('');
    return [services.length === 0 ? 'There are no services.' : services.join(', ')];
  });

  answer(/status of (\S+)$/i, async ([, service]) => {
    const { criteria } = await read(`/${encodeURIComponent(service)}/status`);
    const lines = criteria.map(
      ({ title, verdict, since, message }) => `${verdict} since ${since}: ${title}${message ? ` (${message})` : ''}`,
    );
    return lines.length > 0 ? lines : [`Nothing is watched of ${service}.`];
  });

  answer(
    /availability of (\S+)(?: in the last (\d{1,3}) (hour|day|week)s?)?$/i,
    async ([, service, count = '1', unit = 'day']) => {
      const from = new Date(Date.now() - Number(count) * HOURS[unit.toLowerCase()] * 3_600_000).toISOString();
      const of = await read(`/${encodeURIComponent(service)}/availability?from=${from}`);
      const down = `${Math.round(of.downtime / 60)} minutes down in ${of.disruptions} disruptions`;
      return [
        `${service}: ${of.availability} % since ${of.from} (${of.lower} to ${of.upper} %, ${of.coverage} % observed), ${down}`,
      ];
    },
  );

  answer(/incidents of (\S+)$/i, async ([, service]) => {
    const { incidents } = await read(`/${encodeURIComponent(service)}/incidents`);
    const open = incidents.filter(({ state }) => state === 'Suspected' || state === 'Open');
    const lines = open.map(({ name, title, severity, state }) => `${name} (${state}, ${severity}): ${title}`);
    return lines.length > 0 ? lines : ['No incident is open.'];
  });
};

/** Titles and messages hold what strangers wrote (labels, log lines): nobody is called by it, nothing is hidden, no line forged. */
const plain = (line) =>
  line
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll('@', '@\u2060');

async function read(path) {
  const { HUBOT_ASSAY_URL: url = '', HUBOT_ASSAY_NAMESPACE: namespace = '', HUBOT_ASSAY_TOKEN_FILE: file } = process.env;
  const token = file === undefined ? (process.env.HUBOT_ASSAY_TOKEN ?? '') : (await readFile(file, 'utf8')).trim();
  const response = await fetch(`${url}/api/v1/namespaces/${encodeURIComponent(namespace)}/services${path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // While no operator is at work there is none.
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `status ${response.status}`);
  return body;
}
