/** A Markdown text with the section of this title (`## title`) replaced, or added at its end. */
export function replaceSection(text: string, title: string, content: string): string {
  const section = `## ${title}\n\n${content.trim()}\n`;
  const kept = sectionOf(text, title);
  if (kept === undefined) return text.trim() === '' ? section : `${text.trimEnd()}\n\n${section}`;
  const isLast = text.endsWith(kept);
  return text.replace(kept, () => (isLast ? section : `${section}\n`));
}

/** A section with its title, up to the next one or the end; undefined when there is none. */
export function sectionOf(text: string, title: string): string | undefined {
  const start = `\n${text}`.indexOf(`\n## ${title}\n`);
  if (start === -1) return undefined;
  const next = text.indexOf('\n## ', start + 1);
  return next === -1 ? text.slice(start) : text.slice(start, next + 1);
}
