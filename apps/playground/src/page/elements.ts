/** The element of the page's HTML with an id. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`Expected an element with the id ${id} in the page, received none.`);
  return found as T;
}

type Tag = keyof HTMLElementTagNameMap;

/** A new element; names of properties with a hyphen, and `role`, are attributes. */
export function create<K extends Tag>(
  tag: K,
  properties: Readonly<Record<string, unknown>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'role' || name.includes('-')) made.setAttribute(name, String(value));
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

/** Terms with what they are. */
export function facts(rows: readonly (readonly [term: string, text: string])[]): HTMLDListElement {
  const pairs = rows.map(([term, text]) => create('div', {}, create('dt', {}, term), create('dd', {}, text)));
  return create('dl', { className: 'facts' }, ...pairs);
}

/** A name of a layer, which may be long, with places where a line may end. */
export const breakable = (name: string) => name.split(/(?<=[/._])/).flatMap((part) => [part, create('wbr')]);

/** A bar of a share from 0 to 1; what it shows stands beside it as a number. */
export function bar(share: number): HTMLSpanElement {
  const filled = create('span');
  filled.style.width = `${share * 100}%`;
  return create('span', { className: 'bar', 'aria-hidden': true }, filled);
}

/** A table with a heading for each column, whose rows begin with a heading; those of a number stand to the right. */
export function table(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly (string | Node)[])[],
): HTMLTableElement {
  const head = titles.map((title) => create('th', { scope: 'col' }, title));
  const body = rows.map(([first = '', ...cells]) =>
    create('tr', {}, create('th', { scope: 'row' }, first), ...cells.map((cell) => create('td', {}, cell))),
  );
  return create(
    'table',
    {},
    create('caption', {}, caption),
    create('thead', {}, create('tr', {}, ...head)),
    create('tbody', {}, ...body),
  );
}

/** A table that scrolls by itself where it is wider or higher than its place. */
export const scrolling = (label: string, content: HTMLTableElement) =>
  create('div', { className: 'scrolling', role: 'region', tabIndex: 0, 'aria-label': label }, content);
