/** An image, for the docs. */
export const exampleImage = {
  digest: 'sha256:9a8b6af40d2c32c2e4ac52bdc1346ca518342e03c580ae925c016441a92807f1',
  names: ['docker.io/library/alpine:3.20'],
  platform: 'linux/amd64',
  bytes: 3_630_000,
  layers: 1,
  created: '2026-01-27T23:02:51Z',
  added: 1_780_000_000_000,
  source: 'alpine:3.20',
  containers: [],
};
