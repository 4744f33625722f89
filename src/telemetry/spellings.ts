/** The ways in which a value is commonly written: as it is, in JSON, in a URL, and in base64, alone or within more. */
export function spellings(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = [0, 1, 2].flatMap((shift) => base64Inside(value, shift));
  return [value, json, encodeURIComponent(value.toWellFormed()), ...base64];
}

/** The letters base64 has for the value wherever it stands after `shift` other bytes, whatever follows. */
function base64Inside(value: string, shift: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value, 'utf8')]);
  const from = Math.ceil((shift * 8) / 6);
  const to = Math.floor((bytes.length * 8) / 6);
  const standard = bytes.toString('base64').slice(from, to);
  return [standard, standard.replaceAll('+', '-').replaceAll('/', '_')];
}
