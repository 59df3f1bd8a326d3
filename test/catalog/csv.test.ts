/** Files as spreadsheets write them, and what of them must never be run or lost. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTable, textOf, writeTable } from '../../src/catalog/csv.ts'

const columns = ['account', 'sku', 'units']
const read = (text: string) => {
  const table = readTable(text, columns)
  return table.ok
    ? table.lines.map(({ line, cells }) => [line, cells.account, cells.sku, cells.units])
    : [table.line, table.reason]
}

describe('a file is read', () => {
  it.each<[string, string]>([
    ['with commas', 'account,sku,units\nshop,MUG,1\n'],
    ['with semicolons and a mark, as Dutch Excel writes it', '\uFEFFaccount;sku;units\r\nshop;MUG;1\r\n'],
    ['with tabs', 'account\tsku\tunits\nshop\tMUG\t1'],
    ['with its columns in another order, and more of them', 'Units;title;SKU;Account\n1;Mug, blue;MUG;shop\n'],
    ['with a text in quotes', 'account,sku,units\nshop,"MUG",1\n'],
    ['with empty lines behind', 'account,sku,units\nshop,MUG,1\n\n,,\n'],
  ])('%s', (_what, text) => {
    expect(read(text)).toEqual([[2, 'shop', 'MUG', '1']])
  })

  it('with the line in which Excel says what separates', () => {
    expect(read('sep=;\r\naccount;sku;units\r\nshop;MUG;1\r\n')).toEqual([[3, 'shop', 'MUG', '1']])
  })

  it('in Windows-1252, and in UTF-8', () => {
    const latin = Uint8Array.from([0x43, 0x61, 0x66, 0xe9, 0x80])
    expect(textOf(latin)).toBe('Café€')
    expect(textOf(new TextEncoder().encode('Café€'))).toBe('Café€')
  })

  it.each<[string, string, number]>([
    ['is empty', '', 1],
    ['lacks a column', 'account,sku\nshop,MUG\n', 1],
    ['has a line with too many columns', 'account,sku,units\nshop,MUG,1\nshop,MUG,1,2\n', 3],
    ['has a quote that is not closed', 'account,sku,units\nshop,MUG,1\nshop,"MUG,1\n', 3],
  ])('not when it %s, and says in which line', (_what, text, line) => {
    expect(read(text)).toEqual([line, expect.stringMatching(/\w+ \w+/)])
  })
})

describe('a file that is written', () => {
  it('holds nothing that a spreadsheet runs', () => {
    const text = writeTable(['title'], [['=HYPERLINK("http://x")'], ['+1'], ['-1'], ['@x'], ['plain']], {
      separator: ',',
      isFirst: true,
    })
    const cells = text.split('\r\n').slice(1, -1)
    expect(cells.slice(0, 4).every((cell) => /^"?'/.test(cell))).toBe(true)
    expect(cells[4]).toBe('plain')
  })

  it('is read back as it was, whatever stands in it', () => {
    const cell = fc
      .string({ unit: 'binary' })
      .map((text) => text.replaceAll('\0', '').trim())
      .filter((text) => !text.startsWith("'"))
    const rows = fc.array(
      fc.tuple(
        cell.filter((text) => text !== ''),
        cell,
        cell,
      ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(rows, fc.constantFrom(',' as const, ';' as const), (given, separator) => {
        const table = readTable(writeTable(columns, given, { separator, isFirst: true }), columns)
        expect(table.ok && table.lines.map(({ cells }) => columns.map((name) => cells[name]))).toEqual(given)
      }),
    )
  })
})
