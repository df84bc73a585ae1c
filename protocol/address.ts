/** Which addresses a device may be sent to (docs/protocol.md, "Addresses"). Everything that names one is held against this. */

/** Whether the address is on this very machine, and so whoever gave it. */
export const isLocal = (address: string): boolean => {
  const url = URL.parse(address)
  return url !== null && isLoopback(hostOf(url))
}

/**
 * Returns the address as the URL to ask, or undefined where no device may be sent there: https to a public host, or, where `local`, https or
 * http to this very machine. `local`: whoever names the address is on this machine too, or is the device's owner. What a public *name* resolves
 * to can't be known here.
 */
export const deviceAddress = (address: string, { local }: { local: boolean }): URL | undefined => {
  const url = URL.parse(address)
  if (url === null || url.username !== "" || url.password !== "" || address.includes("#")) return undefined
  const host = hostOf(url)
  if (isLoopback(host)) return local && /^https?:$/.test(url.protocol) ? url : undefined
  return url.protocol === "https:" && isPublic(host) ? url : undefined
}

/** The same for the address of a cloud or an index, to which paths are added: without a query. */
export const serviceAddress = (address: string, named: { local: boolean }): URL | undefined =>
  address.includes("?") ? undefined : deviceAddress(address, named)

/** As the URL standard writes it: any spelling of an IPv4 address has become four decimal numbers, any of an IPv6 address the shortest. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/\.$/, "")

/** RFC 1122, RFC 4291 and RFC 6761. */
const isLoopback = (host: string): boolean =>
  host === "[::1]" || /^127(?:\.\d+){3}$/.test(host) || /^(?:[^.]+\.)*localhost$/.test(host)

const isPublic = (host: string): boolean => {
  const ipv6 = /^\[(.*)\]$/.exec(host)?.[1]
  if (ipv6 !== undefined) return isPublicIpv6(ipv6)
  const ipv4 = /^\d+(?:\.\d+){3}$/.test(host) ? host.split(".").map(Number) : undefined
  if (ipv4 !== undefined) return !closedIpv4.some((range) => isWithin(wordOf(ipv4, 8), range))
  return isPublicName(host)
}

/** What networks give to their own machines (RFC 6762 with its appendix G, RFC 8375, ICANN's `internal`; `localdomain` is many systems' own). */
const closedNames = /(?:^|\.)(?:local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)$/

/** Names of at least two labels that a network doesn't keep for its own. */
const isPublicName = (host: string): boolean =>
  /^[a-z\d_-]{1,63}(?:\.[a-z\d_-]{1,63})+$/.test(host) && !closedNames.test(host)

/** First address and prefix length. */
type Range = readonly [first: number, bits: number]

const wordOf = (parts: readonly number[], bits: number): number =>
  parts.reduce((word, part) => word * 2 ** bits + part, 0)

const isWithin = (word: number, [first, bits]: Range): boolean =>
  Math.floor(word / 2 ** (32 - bits)) === Math.floor(first / 2 ** (32 - bits))

const ipv4Range = (range: string): Range => {
  const [first = "", bits = ""] = range.split("/")
  return [wordOf(first.split(".").map(Number), 8), Number(bits)]
}

/** What is not reachable for everybody (IANA's IPv4 Special-Purpose Address Registry), multicast and what is reserved. */
const closedIpv4: readonly Range[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
].map(ipv4Range)

/** The one range that is global unicast: mapped, translated, unique-local, link-local and multicast addresses are outside it (RFC 4291). */
const globalUnicast: Range = [0x2000_0000, 3]
/** Within it: protocols' own with Teredo, documentation twice, and 6to4 (IANA's IPv6 Special-Purpose Address Registry). */
const closedIpv6: readonly Range[] = [
  [0x2001_0000, 23],
  [0x2001_0db8, 32],
  [0x2002_0000, 16],
  [0x3fff_0000, 20],
]

/** By the first 32 bits: no range above is longer. */
const isPublicIpv6 = (address: string): boolean => {
  const [before = ""] = address.split("::")
  const [first = "", second = ""] = before.split(":")
  const word = wordOf([Number(`0x${first || "0"}`), Number(`0x${second || "0"}`)], 16)
  return isWithin(word, globalUnicast) && !closedIpv6.some((range) => isWithin(word, range))
}
