import { checksumOf } from './checksum.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

test.each(
  Object.entries({
    'a text of one hash is the hash of the file': { text: `${A}\n`, want: A },
    'the line of the file counts': { text: `${B}  other.tar.gz\n${A}  part.tar.gz\n`, want: A },
    'a star before the name is no part of it': { text: `${A} *part.tar.gz`, want: A },
    'capitals are the same hash': { text: `${A.toUpperCase()}  part.tar.gz`, want: A },
    'a name that only ends alike is another file': { text: `${A}  other-part.tar.gz`, want: undefined },
    'a line without a hash is none': { text: 'nonsense  part.tar.gz', want: undefined },
    'a page of HTML is none': { text: '<html>sign in</html>', want: undefined },
    'nothing is none': { text: '', want: undefined },
  }),
)('%s', (_sentence, { text, want }) => expect(checksumOf('part.tar.gz', text)).toBe(want));
