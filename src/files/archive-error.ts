/** An archive that is damaged, or holds what may not be unpacked. The message is a clause: "its checksum is wrong". */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/** How a name of an archive is shown: as text if it is one, shortened, with what is not printed written out. */
export function shownName(name: Uint8Array): string {
  const text = Buffer.from(name.subarray(0, 200)).toString('utf8');
  const shown = JSON.stringify(text);
  return name.length > 200 ? `${shown.slice(0, -1)}…"` : shown;
}
