import { namesIn } from './peer-names.ts';

// As Node writes what a certificate holds.
test.each<[string, { subject: string; subjectAltName: string | undefined }, string[]]>([
  ['DNS names', { subject: 'CN=c', subjectAltName: 'DNS:A.example, DNS:b' }, ['a.example', 'b']],
  ['DNS names among others', { subject: '', subjectAltName: 'IP Address:127.0.0.1, URI:http://x/y, DNS:b, email:c@d' }, ['b']],
  ['one that looks like two', { subject: '', subjectAltName: 'DNS:"a, DNS:falco"' }, []],
  ['one with a quote in it', { subject: '', subjectAltName: String.raw`DNS:"a\", DNS:falco, DNS:\"", DNS:b` }, ['b']],
  ['one of another kind that looks like one', { subject: '', subjectAltName: 'URI:"http://x/, DNS:falco"' }, []],
  ['the common name', { subject: 'C=DE\nCN=Falco\nO=x', subjectAltName: undefined }, ['falco']],
  ['no common name beside others', { subject: 'CN=falco', subjectAltName: 'IP Address:127.0.0.1' }, []],
  ['nor where there are none that can be read', { subject: 'CN=falco', subjectAltName: '' }, []],
  ['none of two common names', { subject: 'CN=falco\nCN=x', subjectAltName: undefined }, []],
  ['none of one in several parts', { subject: 'CN=falco + O=x', subjectAltName: undefined }, []],
  ['nothing of nothing', { subject: '', subjectAltName: undefined }, []],
])('%s', (_, certificate, want) => expect(namesIn(certificate)).toEqual(want));
