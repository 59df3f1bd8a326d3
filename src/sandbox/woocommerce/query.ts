/** A query string as PHP reads it. */

export interface Query {
  /** Names as PHP sees them: `include[]` has become `include[0]`. */
  readonly pairs: readonly (readonly [string, string])[]
  get(name: string): string | undefined
  has(name: string): boolean
  /** Values of `name=1,2`, `name[]=1` or `name[0]=1`. */
  list(name: string): readonly string[]
  isTrue(name: string): boolean
}

export function readQuery(search: string): Query {
  const counts = new Map<string, number>()
  const pairs: [string, string][] = []
  if (search.length > 1) {
    for (const [key, value] of new URLSearchParams(search)) {
      if (!key.endsWith('[]')) pairs.push([key, value])
      else {
        const name = key.slice(0, -2)
        const at = counts.get(name) ?? 0
        counts.set(name, at + 1)
        pairs.push([`${name}[${at}]`, value])
      }
    }
  }
  const get = (name: string) => pairs.findLast(([key]) => key === name)?.[1]
  return {
    pairs,
    get,
    has: (name) => pairs.some(([key]) => key === name || key.startsWith(`${name}[`)),
    list: (name) =>
      pairs
        .filter(([key]) => key === name || key.startsWith(`${name}[`))
        .flatMap(([, value]) => value.split(','))
        .map((value) => value.trim())
        .filter((value) => value !== ''),
    isTrue: (name) => ['true', '1', 'yes'].includes((get(name) ?? '').toLowerCase()),
  }
}
