/** Imports run one way, sandboxes and connectors never meet, and the edge needs nothing of Node. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Every TypeScript file below these folders, relative to the root. */
const files = ['src', 'connectors', 'mappings'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
)

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?from\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g

/** What a file imports, types included: local files relative to the root, packages by name. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(importPattern)].map((match) => {
    const target = match[1] ?? match[2] ?? ''
    return target.startsWith('.') ? normalize(join(dirname(file), target)) : target
  })
}

/** The room a file is in. Single files of src are rooms of their own. */
function roomOf(file: string): string {
  const [top, second, third] = file.split('/')
  if (top === 'connectors') return third === undefined ? 'connectors' : `connectors/${second}`
  if (top !== 'src') return top ?? ''
  if (second === 'sandbox') {
    if (third === 'demo' || third === 'demo.ts') return 'src/sandbox/demo'
    return third?.endsWith('.ts') ? 'src/sandbox' : `src/sandbox/${third}`
  }
  return `src/${second}`
}

const base = ['src/domain.ts', 'src/clock.ts', 'src/errors.ts', 'src/install.ts', 'src/channel.ts', 'src/log.ts']
const store = ['src/store', ...base]
const catalog = ['src/catalog', ...store]
const ledger = ['src/ledger', ...catalog]
const planner = ['src/planner', ...ledger]
const dispatcher = ['src/dispatcher', ...planner]
const ingress = ['src/ingress', ...store]
const accounts = ['src/accounts', ...store]
const users = ['src/users', ...store]
const engine = ['src/loops.ts', 'src/metrics.ts', ...accounts, ...dispatcher, ...ingress]
const api = ['src/api', 'src/users', ...engine]
const ui = ['src/ui', ...api]
const app = ['src/app.ts', ...ui]
const program = ['src/program.ts', ...app]
const connector = [
  ...['connectors', 'mappings', 'src/domain.ts', 'src/clock.ts', 'src/errors.ts', 'src/install.ts', 'src/channel.ts'],
]
const sandbox = ['src/sandbox', 'src/clock.ts']

/** Which rooms each room may import from: against the direction of the data, towards the base. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  mappings: ['mappings', 'src/domain.ts'],
  'src/domain.ts': [],
  'src/clock.ts': [],
  'src/errors.ts': [],
  'src/log.ts': [],
  'src/install.ts': ['src/clock.ts'],
  'src/channel.ts': ['src/domain.ts', 'src/clock.ts', 'src/errors.ts', 'src/install.ts'],
  'src/config.ts': [],
  'src/metrics.ts': [],
  'src/store': store,
  'src/catalog': catalog,
  'src/accounts': accounts,
  'src/users': users,
  'src/ingress': ingress,
  'src/ledger': ledger,
  'src/planner': planner,
  'src/dispatcher': dispatcher,
  'src/loops.ts': engine,
  'src/api': api,
  'src/ui': ui,
  'src/app.ts': app,
  'src/program.ts': program,
  'src/main.ts': ['src/config.ts', 'connectors', 'mappings', ...program],
  'src/worker.ts': ['connectors/shopify', 'connectors/woocommerce', 'connectors/tiktok-shop', ...ingress],
  'src/cli.ts': ['src/cli', 'src/config.ts', 'src/replay'],
  'src/cli': ['src/cli'],
  'src/replay': ['src/replay', 'src/cli', 'connectors', ...dispatcher],
  connectors: ['connectors/shopify', 'connectors/woocommerce', 'connectors/tiktok-shop', ...connector],
  'connectors/shopify': ['connectors/shopify', ...connector],
  'connectors/woocommerce': ['connectors/woocommerce', ...connector],
  'connectors/tiktok-shop': ['connectors/tiktok-shop', ...connector],
  'src/sandbox': sandbox,
  'src/sandbox/shopify': ['src/sandbox/shopify', ...sandbox],
  'src/sandbox/woocommerce': ['src/sandbox/woocommerce', ...sandbox],
  'src/sandbox/tiktok-shop': ['src/sandbox/tiktok-shop', ...sandbox],
  'src/sandbox/demo': [
    'src/sandbox/demo',
    'src/sandbox/shopify',
    'src/sandbox/woocommerce',
    'src/sandbox/tiktok-shop',
    ...sandbox,
  ],
}

const isLocal = (target: string) => /^(src|connectors|mappings)\//.test(target)

/** Imports that go against the direction, as sentences. Exported shape: `file imports target`. */
const forbidden = (imports: ReadonlyMap<string, readonly string[]>) =>
  [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => isLocal(target) && !(allowed[roomOf(file)] ?? []).includes(roomOf(target)))
      .map((target) => `${file} imports ${target}`),
  )

/** A connector's door must run where there is no Node. */
const edgeFiles = /^(src\/worker\.ts|src\/ingress\/door\.ts|src\/store\/d1\.ts|connectors\/[^/]+\/webhooks\.ts)$/

describe('layers', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file)]))

  it('knows every room', () => {
    expect(files.filter((file) => allowed[roomOf(file)] === undefined)).toEqual([])
  })

  it('import towards the base only', () => {
    expect(forbidden(imports)).toEqual([])
  })

  it('would notice a connector that reads a sandbox, and a stage that reads the one behind it', () => {
    const wrong = new Map([
      ['connectors/shopify/client.ts', ['src/sandbox/shopify/index.ts']],
      ['src/ledger/post.ts', ['src/dispatcher/lane.ts']],
      ['src/planner/plan.ts', ['mappings/index.ts']],
    ])
    expect(forbidden(wrong)).toHaveLength(3)
  })

  it('have no circles', () => {
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (done.has(file) || path.includes(file)) return
      for (const target of imports.get(file) ?? []) if (imports.has(target)) visit(target, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(circles).toEqual([])
  })

  it('keep axios at one door, and the environment, the clock and chance in theirs', () => {
    const importers = (name: string) => files.filter((file) => imports.get(file)?.includes(name))
    expect(importers('axios')).toEqual(['connectors/http.ts'])
    const entries = new Set([
      'src/main.ts',
      'src/worker.ts',
      'src/cli.ts',
      'src/sandbox/demo.ts',
      'src/sandbox/demo/core.ts',
      'src/clock.ts',
    ])
    const uses = (pattern: RegExp) =>
      files.filter((file) => !entries.has(file) && pattern.test(readFileSync(join(root, file), 'utf8')))
    expect(uses(/process\.env/)).toEqual([])
    expect(uses(/Math\.random\(|Date\.now\(|new Date\(\)|\bsetTimeout\(|\bsetInterval\(/)).toEqual([])
  })
})

describe('the edge', () => {
  it('has a door that no module of Node stands in', async () => {
    const bundled = await build({
      entryPoints: [join(root, 'src/worker.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
      metafile: true,
      logLevel: 'silent',
    })
    const inputs = Object.keys(bundled.metafile.inputs).map((path) => relative(root, join(process.cwd(), path)))
    expect(inputs).toContain('src/ingress/door.ts')
    expect(
      Object.values(bundled.metafile.inputs)
        .flatMap(({ imports: targets }) => targets.map(({ path }) => path))
        .filter((path) => path.startsWith('node:')),
    ).toEqual([])
    for (const file of files.filter((one) => edgeFiles.test(one)))
      expect(importsOf(file).filter((target) => target.startsWith('node:'))).toEqual([])
  })
})
