/** Web Crypto works on threads of its own, unseen by the event loop: counted here, so that virtual time stands still meanwhile. */

const watched = ['sign', 'verify', 'digest', 'importKey', 'encrypt', 'decrypt', 'deriveBits'] as const

let underway = 0
let waiting: (() => void)[] = []
let isWatching = false

function ended(): void {
  underway--
  if (underway > 0) return
  const all = waiting
  waiting = []
  for (const go of all) go()
}

/**
 * What it returns resolves when no operation of Web Crypto is under way, and gives undefined when none is.
 * One count for the process: it has one Web Crypto.
 */
export function watchCryptoWork(): () => Promise<void> | undefined {
  if (!isWatching) {
    isWatching = true
    for (const name of watched) watch(name)
  }
  return () => (underway === 0 ? undefined : new Promise<void>((resolve) => waiting.push(resolve)))
}

function watch(name: (typeof watched)[number]): void {
  const { subtle } = crypto
  const original: unknown = Reflect.get(subtle, name)
  if (typeof original !== 'function') return
  Object.defineProperty(subtle, name, {
    configurable: true,
    value: (...given: unknown[]) => {
      underway++
      const work: Promise<unknown> = Reflect.apply(original, subtle, given)
      work.then(ended, ended)
      return work
    },
  })
}
