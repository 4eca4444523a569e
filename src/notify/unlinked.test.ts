import fc from 'fast-check';

import { unlinked } from './unlinked.ts';

test.each(
  Object.entries({
    'see https://evil.example/x': 'see https[:]//evil.example/x',
    'www.evil.example and mailto:a@b.example': 'www[.]evil.example and mailto[:]a@b.example',
    'api.shop.svc:8080 is down': 'api.shop.svc:8080 is down',
    'the metadata: none': 'the metadata: none',
  }),
)('%s', (given, want) => expect(unlinked(given)).toBe(want));

test('no text keeps an address with its scheme', () => {
  const piece = fc.constantFrom('http', 'https', ':', '://', '/', 'www.', 'WWW', '.', 'mailto:', 'a', ' ', '[', ']');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      expect(unlinked(pieces.join(''))).not.toMatch(/:\/\/|\bwww\.|\bmailto:/i);
    }),
  );
});
