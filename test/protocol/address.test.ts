import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { deviceAddress, isLocal, serviceAddress } from "../../protocol/address.ts"

/** Whether a device may be sent there by somebody on the network, and by somebody on this very machine. */
const allowed = (address: string) => [
  deviceAddress(address, { local: false }) !== undefined,
  deviceAddress(address, { local: true }) !== undefined,
]

describe("an address that a device may be sent to by anybody", () => {
  test.each([
    "https://cloud.example",
    "https://ehr.hospital.example:8443/a/path?with=a&query",
    "https://bucket_name.s3.eu-central-1.amazonaws.com/k?X-Amz-Signature=ab%2Fcd",
    "https://cloud.example./",
    "https://xn--strae-oqa.example/",
    "https://straße.example/",
    "https://93.184.216.34/",
    "https://9.255.255.255/",
    "https://11.0.0.0/",
    "https://100.63.255.255/",
    "https://100.128.0.0/",
    "https://128.0.0.0/",
    "https://169.253.255.255/",
    "https://169.255.0.0/",
    "https://172.15.255.255/",
    "https://172.32.0.0/",
    "https://192.0.1.0/",
    "https://192.0.3.0/",
    "https://192.88.98.255/",
    "https://192.88.100.0/",
    "https://192.167.255.255/",
    "https://192.169.0.0/",
    "https://198.17.255.255/",
    "https://198.20.0.0/",
    "https://198.51.99.255/",
    "https://198.51.101.0/",
    "https://203.0.112.255/",
    "https://203.0.114.0/",
    "https://223.255.255.255/",
    "https://[2606:4700::1111]/",
    "https://[2001:200::1]/",
    "https://[2a00:1450:4001:82a::200e]/",
    "https://[3ffe::1]/",
    "https://[2000::1]/",
    "https://[2000:0:1::1]/",
    "https://[2001:db7:ffff::1]/",
    "https://[2001:db9::1]/",
    "https://[2003::1]/",
    "https://[3fff:1000::1]/",
    "https://[2606:4700:1:2:3:4:5:6]/",
    "https://localhost.example/",
    "https://a.notlocalhost/",
    "https://127.0.0.1.example/",
    "https://10.0.0.1.example/",
    "https://internal.example/",
    "https://a.notlocal/",
  ])("%s", (address) => {
    expect(allowed(address)).toEqual([true, true])
  })
})

describe("an address that only somebody on this very machine may name", () => {
  test.each([
    "http://127.0.0.1:4566/records/key?signature",
    "https://127.0.0.1/",
    "http://127.255.255.254/",
    "http://localhost:8080",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://cloud.localhost/",
    "http://[::1]:4566/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://①②⑦.0.0.1/",
  ])("%s", (address) => {
    expect(allowed(address)).toEqual([false, true])
    expect(isLocal(address)).toBe(true)
  })
})

describe("an address that no device may be sent to", () => {
  test.each([
    ["no TLS", "http://cloud.example/"],
    ["no TLS to a public address", "http://93.184.216.34/"],
    ["another scheme", "ftp://cloud.example/"],
    ["another scheme to this machine", "ws://127.0.0.1/"],
    ["a scheme that begins like another", "httpx://127.0.0.1/"],
    ["a scheme that ends like another", "xhttp://127.0.0.1/"],
    ["a name of other characters", "https://a$b.example/"],
    ["a file", "file:///etc/passwd"],
    ["a script", "javascript:127.0.0.1"],
    ["no address", "cloud.example"],
    ["nothing", ""],
    ["no host", "https:///"],
    ["a user", "https://user@cloud.example/"],
    ["a password", "https://:word@cloud.example/"],
    ["a user of this machine", "http://user@127.0.0.1/"],
    ["a fragment", "https://cloud.example/#part"],
    ["an empty fragment", "https://cloud.example/#"],
    ["a private address", "https://10.0.0.1/"],
    ["a private address as one number", "https://167772161/"],
    ["a private address in hexadecimal", "https://0x0a000001/"],
    ["a private address in octal", "https://012.0.0.1/"],
    ["a private address of two numbers", "https://10.1/"],
    ["a private address in full-width digits", "https://１０.0.0.1/"],
    ["a private address with a dot behind", "https://192.168.1.1./"],
    ["a private address, percent-encoded", "https://%31%30.0.0.1/"],
    ["a private address of 172.16/12", "https://172.16.0.1/"],
    ["the last of 172.16/12", "https://172.31.255.255/"],
    ["a private address of 192.168/16", "https://192.168.1.1/"],
    ["the metadata of a machine in a cloud", "https://169.254.169.254/"],
    ["a carrier's NAT", "https://100.64.0.1/"],
    ["the last of a carrier's NAT", "https://100.127.255.255/"],
    ["the unspecified address", "https://0.0.0.0/"],
    ["the unspecified address as zero", "https://0/"],
    ["IETF protocol assignments", "https://192.0.0.8/"],
    ["documentation", "https://192.0.2.1/"],
    ["the second of documentation", "https://198.51.100.255/"],
    ["the third of documentation", "https://203.0.113.0/"],
    ["relays of 6to4", "https://192.88.99.1/"],
    ["the last of 0.0.0.0/8", "https://0.255.255.255/"],
    ["the last of 10.0.0.0/8", "https://10.255.255.255/"],
    ["a benchmark's network", "https://198.19.255.255/"],
    ["multicast", "https://224.0.0.251/"],
    ["reserved", "https://240.0.0.1/"],
    ["broadcast", "https://255.255.255.255/"],
    ["unspecified IPv6", "https://[::]/"],
    ["IPv4-mapped loopback", "http://[::ffff:127.0.0.1]/"],
    ["IPv4-mapped private", "https://[::ffff:10.0.0.1]/"],
    ["IPv4-mapped public", "https://[::ffff:93.184.216.34]/"],
    ["IPv4-compatible", "https://[::10.0.0.1]/"],
    ["NAT64", "https://[64:ff9b::a00:1]/"],
    ["local NAT64", "https://[64:ff9b:1::a00:1]/"],
    ["Teredo", "https://[2001::1]/"],
    ["IPv6 of protocols", "https://[2001:1ff::1]/"],
    ["6to4 of a private address", "https://[2002:a00:1::1]/"],
    ["IPv6 documentation", "https://[2001:db8::1]/"],
    ["more IPv6 documentation", "https://[3fff:fff::1]/"],
    ["unique local", "https://[fd00::1]/"],
    ["unique local of fc00::/8", "https://[fc00::1]/"],
    ["link-local IPv6", "https://[fe80::1]/"],
    ["site-local IPv6", "https://[fec0::1]/"],
    ["IPv6 multicast", "https://[ff02::1]/"],
    ["unassigned IPv6", "https://[4000::1]/"],
    ["discarded IPv6", "https://[100::1]/"],
    ["a single label", "https://router/"],
    ["a single label with a dot behind", "https://router./"],
    ["a name of mDNS", "https://printer.local/"],
    ["a name of mDNS with a dot behind", "https://printer.local./"],
    ["a name of mDNS that begins like an address", "https://93.184.216.34.local/"],
    ["an internal name that begins like an address", "https://93.184.216.34.internal/"],
    ["an internal name", "https://metadata.google.internal/"],
    ["this machine, by the name that many systems give it", "https://localhost.localdomain/"],
    ["a name of a router's", "https://nas.lan/"],
    ["a name of a home's", "https://nas.home/"],
    ["a name of a company's", "https://ldap.corp/"],
    ["a name of an intranet's", "https://wiki.intranet/"],
    ["a private name", "https://nas.private/"],
    ["a home's name", "https://nas.home.arpa/"],
    ["a home's own domain", "https://home.arpa/"],
    ["an internal name in capitals", "https://NAS.INTERNAL/"],
    ["an empty label", "https://a..example/"],
    ["two dots behind", "https://printer.local../"],
  ])("%s: %s", (_, address) => {
    expect(allowed(address)).toEqual([false, false])
  })
})

test.each([
  "http://[::ffff:127.0.0.1]/",
  "x://a127.0.0.1/",
  "x://127.0.0.1a/",
  "https://localhost.example/",
  "https://cloud.example/127.0.0.1",
  "127.0.0.1",
  "",
])("nobody at %s is on this very machine", (address) => {
  expect(isLocal(address)).toBe(false)
})

test("the address of a cloud or an index has no query, to whose end paths would go", () => {
  expect(serviceAddress("https://cloud.example/base", { local: false })?.href).toBe("https://cloud.example/base")
  for (const address of ["https://cloud.example/?", "https://cloud.example/?x=", "http://10.0.0.1:8080/any?x="])
    expect(serviceAddress(address, { local: true })).toBeUndefined()
})

const octet = fc.integer({ min: 0, max: 255 })
const ipv4 = fc.tuple(octet, octet, octet, octet)
const closed = ([a, b]: readonly [number, number, ...number[]]) =>
  a === 0 ||
  a === 10 ||
  a === 127 ||
  a >= 224 ||
  (a === 100 && b >= 64 && b <= 127) ||
  (a === 169 && b === 254) ||
  (a === 172 && b >= 16 && b <= 31) ||
  (a === 192 && b === 168)

/** The spellings that the URL standard reads as the same IPv4 address. */
const spellings = ([a, b, c, d]: readonly [number, number, number, number]) => {
  const [rest, last] = [(b * 256 + c) * 256 + d, c * 256 + d]
  const whole = a * 256 ** 3 + rest
  const octal = (value: number) => `0${value.toString(8)}`
  return [
    `${a}.${b}.${c}.${d}`,
    `${a}.${b}.${last}`,
    `${a}.${rest}`,
    `${whole}`,
    `0x${whole.toString(16)}`,
    [a, b, c, d].map(octal).join("."),
    `0x${a.toString(16)}.${b}.${octal(c)}.${d}.`,
  ]
}

describe("of all addresses", () => {
  test("a private IPv4 address is refused in every spelling, whoever names it", () => {
    fc.assert(
      fc.property(
        ipv4.filter((address) => closed(address) && address[0] !== 127),
        (address) => {
          for (const host of spellings(address)) {
            expect(allowed(`https://${host}/`)).toEqual([false, false])
            expect(allowed(`http://${host}/`)).toEqual([false, false])
            expect(isLocal(`https://${host}/`)).toBe(false)
          }
        },
      ),
    )
  })

  test("a public IPv4 address is taken by https alone, in every spelling alike", () => {
    const open = ipv4.filter(([a, b, ...rest]) => !closed([a, b, ...rest]) && a !== 192 && a !== 198 && a !== 203)
    fc.assert(
      fc.property(open, (address) => {
        for (const host of spellings(address)) {
          expect(allowed(`https://${host}/`)).toEqual([true, true])
          expect(allowed(`http://${host}/`)).toEqual([false, false])
        }
      }),
    )
  })

  test("an IPv6 address that holds an IPv4 address is refused", () => {
    const embedded = fc.constantFrom(
      "::",
      "::ffff:",
      "::ffff:0:",
      "64:ff9b::",
      "64:ff9b:1::",
      "2002:0a00:0001::",
      "2001:0:",
    )
    fc.assert(
      fc.property(embedded, ipv4, (prefix, address) => {
        const rest = prefix === "2001:0:" ? `0:0:0:0:${address.join(".")}` : address.join(".")
        const host = `[${prefix}${rest}]`
        fc.pre(URL.canParse(`https://${host}/`) && new URL(`https://${host}/`).hostname !== "[::1]")
        expect(allowed(`https://${host}/`)).toEqual([false, false])
      }),
    )
  })

  test("an IPv6 address outside 2000::/3 is refused, but for loopback where this machine names it", () => {
    const group = fc.integer({ min: 0, max: 0xffff })
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const [first = 0] = groups
        fc.pre(first < 0x2000 || first > 0x3fff)
        const host = `[${groups.map((each) => each.toString(16)).join(":")}]`
        fc.pre(new URL(`https://${host}/`).hostname !== "[::1]")
        expect(allowed(`https://${host}/`)).toEqual([false, false])
      }),
    )
  })

  test("any text is judged without an error, and what is taken is a URL whose host is the one that was judged", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webUrl()), fc.boolean(), (text, local) => {
        const url = deviceAddress(text, { local })
        if (url === undefined) return
        expect(url.href).toBe(new URL(text).href)
        expect(deviceAddress(url.href, { local })?.href).toBe(url.href)
        expect([url.username, url.password, url.hash]).toEqual(["", "", ""])
      }),
    )
  })
})
