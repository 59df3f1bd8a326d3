/** How the command line shows things: plain text in columns. */

/** What a shop wrote must not move the cursor or colour the screen. */
export const plain = (value: unknown): string =>
  value === null || value === undefined || value === '' ? '-' : String(value).replaceAll(/\p{Cc}+/gu, ' ')

export function table(headings: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return 'Nothing.\n'
  const cells = [headings, ...rows.map((row) => row.map(plain))]
  const widths = headings.map((_heading, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Told to the person as it is; the program then ends with this code. */
export class Stop extends Error {
  override readonly name = 'Stop'
  readonly code: number

  constructor(message: string, code: number) {
    super(message)
    this.code = code
  }
}
