/** Tables as text, as spreadsheets write and read them. Pure. */

import { CsvError, parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'

/** Commas for programs, semicolons for a spreadsheet where the comma is the decimal sign. */
export type Separator = ',' | ';' | '\t'

export interface Line {
  /** As an editor counts them, the heading being 1. */
  readonly line: number
  readonly cells: Readonly<Record<string, string>>
}

export type ReadTable =
  | { readonly ok: true; readonly lines: readonly Line[] }
  | { readonly ok: false; readonly line: number; readonly reason: string }

/** UTF-8, with or without its mark; what is none is read as Windows-1252, which is what Excel calls CSV. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** What the heading is separated by most often. Excel may say it itself, in a line before the heading. */
function separatorOf(text: string): { separator: Separator; hasNote: boolean } {
  const [first = '', second = ''] = text.split(/\r?\n/, 2)
  const note = /^"?sep=(.)"?$/i.exec(first.trim())?.[1]
  const heading = note === undefined ? first : second
  const separators: readonly Separator[] = [';', ',', '\t']
  const noted = separators.find((one) => one === note)
  const counted = separators.toSorted((a, b) => heading.split(b).length - heading.split(a).length)[0] ?? ','
  return { separator: noted ?? counted, hasNote: note !== undefined }
}

/** A text that a spreadsheet would take for a formula was written with a quote before it. */
const unguarded = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/, '').trim()

/** Headings are compared in lower case; columns that nobody asks for stay in, unread. */
export function readTable(given: string, wanted: readonly string[]): ReadTable {
  const text = given.replace(/^\uFEFF/, '')
  const { separator, hasNote } = separatorOf(text)
  let records: { record: string[]; info: { lines: number } }[]
  try {
    // Safe: with `info` and without `columns` this is what the library hands out.
    records = parse(text, {
      delimiter: separator,
      from_line: hasNote ? 2 : 1,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as typeof records
  } catch (error) {
    const line = error instanceof CsvError && typeof error.lines === 'number' ? error.lines : 1
    return { ok: false, line, reason: 'A quote is opened and not closed, or stands where none can be.' }
  }
  const [heading, ...rows] = records
  if (!heading) return { ok: false, line: 1, reason: 'The file is empty.' }
  const names = heading.record.map((name) => name.trim().toLowerCase())
  const missing = wanted.filter((name) => !names.includes(name))
  if (missing.length > 0)
    return { ok: false, line: heading.info.lines, reason: `The heading has no column ${missing.join(', ')}.` }
  const lines: Line[] = []
  for (const { record, info } of rows) {
    if (record.every((cell) => cell.trim() === '')) continue
    if (record.length !== names.length)
      return {
        ok: false,
        line: info.lines,
        reason: `It has ${record.length} columns, the heading has ${names.length}. A text with a separator in it needs quotes.`,
      }
    lines.push({
      line: info.lines,
      cells: Object.fromEntries(names.map((name, at) => [name, unguarded(record[at] ?? '')])),
    })
  }
  return { ok: true, lines }
}

export interface WriteOptions {
  readonly separator: Separator
  /** The first portion carries the heading, and the mark by which Excel knows UTF-8. */
  readonly isFirst: boolean
}

/** Rows as text. What a spreadsheet would run as a formula is written as text, with a quote before it. */
export const writeTable = (
  columns: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  { separator, isFirst }: WriteOptions,
): string =>
  stringify([...(isFirst ? [[...columns]] : []), ...rows.map((row) => [...row])], {
    delimiter: separator,
    bom: isFirst,
    escape_formulas: true,
    record_delimiter: '\r\n',
  })
