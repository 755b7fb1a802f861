/** A page in Markdown with `text` in place of what stands under a heading of the second level, up to the next one. */
export function replaceSection(page: string, heading: string, text: string): string {
  const start = page.indexOf(`\n## ${heading}\n`);
  if (start < 0) throw new Error(`Expected a heading "## ${heading}" in the page, received none.`);
  const from = start + `\n## ${heading}\n`.length;
  const next = page.indexOf('\n## ', from);
  return `${page.slice(0, from)}\n${text}\n${next < 0 ? '' : page.slice(next)}`;
}
