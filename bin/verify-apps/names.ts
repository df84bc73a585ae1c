const fileName =
  /^[\w@%./-]+\.(?:m?js|css|json|webmanifest|wasm|x?html?|svg|png|jpe?g|gif|webp|ico|woff2?|xml|txt|pdf)$/i
const otherAddress = /^(?:(?:https?|wss?):)?\/\/[^/]/i

/**
 * Returns what the text of a page, script or style may make a browser fetch: absolute addresses. It reads words, not syntax, so that it names too much rather than too
 * little; a name that is put together while the script runs is not among them.
 */
export const namesIn = (text: string, address: string): Set<string> => {
  const names = new Set<string>()
  for (const word of text.split(/["'`()<>{}[\]\s,;=\\]+/)) {
    const [name = ""] = word.split(/[?#]/, 1)
    if (!otherAddress.test(name) && !fileName.test(name)) continue
    // A page's names begin at the page, a script's often at the site.
    for (const base of [address, new URL("/", address).href]) {
      const url = URL.parse(name, base)
      if (url !== null) names.add(url.href)
    }
  }
  return names
}
