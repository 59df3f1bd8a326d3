/** What every page is framed in. Values put into `html` are escaped; nothing here is marked as safe. */

import { html } from 'hono/html'
import type { Words } from './en.ts'

export type Html = ReturnType<typeof html>

/** `onward` leads to another address at once: a link for who has that switched off belongs on the page. */
export const page = (
  words: Words,
  options: { refresh: boolean; onward?: string },
  body: Html,
): Html => html`<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${options.refresh ? html`<meta http-equiv="refresh" content="5">` : ''}
${options.onward === undefined ? '' : html`<meta http-equiv="refresh" content="0; url=${options.onward}">`}
<title>${words.title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
${body}
</body>
</html>
`

export interface Column<Row> {
  readonly label: string
  readonly isNumber?: boolean
  /** Takes the whole width on a phone. */
  readonly isWide?: boolean
  cell(row: Row): Html | string | number
}

/** The first column names the row. On a phone each row is a card that repeats the labels. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const classOf = ({ isNumber, isWide }: Column<Row>) => (isNumber ? 'number' : isWide ? 'wide' : '')
  return html`<table>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.label}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${columns.map((column, at) =>
      at === 0
        ? html`<th scope="row">${column.cell(row)}</th>`
        : html`<td class="${classOf(column)}" data-label="${column.label}">${column.cell(row)}</td>`,
    )}</tr>
`,
  )}</tbody>
</table>`
}

export const section = (heading: string, body: Html, count?: number): Html =>
  html`<section><h2>${heading}${count === undefined ? '' : html` <span class="count">${count}</span>`}</h2>${body}</section>`

export const none = (text: string): Html => html`<p class="none">${text}</p>`

export const pill = (look: 'good' | 'wait' | 'bad', text: string): Html =>
  html`<span class="pill ${look}">${text}</span>`
