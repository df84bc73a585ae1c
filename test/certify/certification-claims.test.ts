import {
  type BaseBlock,
  Constructed,
  IA5String,
  Integer,
  Null,
  NumericString,
  ObjectIdentifier,
  OctetString,
  Primitive,
  PrintableString,
  Sequence,
  Set as SetOf,
  Utf8String,
} from "asn1js"
import { describe, expect, test } from "vitest"
import { readAdmission } from "../../protocol/certification/admission.ts"
import { readHcRoles } from "../../protocol/certification/hc-role.ts"

/** What the extensions that name a profession may look like, and what is refused as none. */

const der = (block: BaseBlock) => new Uint8Array(block.toBER())
const sequence = (...value: BaseBlock[]) => new Sequence({ value })
const set = (...value: BaseBlock[]) => new SetOf({ value })
const tagged = (tagNumber: number, ...value: BaseBlock[]) =>
  new Constructed({ idBlock: { tagClass: 3, tagNumber }, value })
const text = (value: string) => new Utf8String({ value })
const printable = (value: string) => new PrintableString({ value })
const oid = (value: string) => new ObjectIdentifier({ value })
const octets = () => new OctetString({ valueHex: new Uint8Array([1]).buffer })
const odd = () => new Null()

describe("an admission extension", () => {
  const [physician, nurse] = ["1.2.276.0.76.4.30", "1.2.276.0.76.4.232"]
  const info = (...rest: BaseBlock[]) => sequence(sequence(text("Beruf")), ...rest)
  const admissions = (...infos: BaseBlock[]) => sequence(sequence(...infos))
  const syntax = (...contents: BaseBlock[]) => sequence(sequence(...contents))
  const ofInfo = (made: BaseBlock) => readAdmission(der(syntax(admissions(made))))
  const named = (...professions: string[]) => ({ professions, registrationNumbers: [] })

  test("names professions and registration numbers, of every admission and every info in it", () => {
    const full = sequence(
      tagged(4, sequence()),
      sequence(
        sequence(
          tagged(0, tagged(4, sequence())),
          tagged(1, sequence()),
          sequence(
            sequence(
              tagged(0, sequence()),
              sequence(text("Arzt"), text("Notarzt")),
              sequence(oid(physician), oid("1.2.3")),
              printable("1-HBA-1"),
              octets(),
            ),
            info(sequence(oid(nurse))),
          ),
        ),
        admissions(info(printable("1-HBA-2"))),
      ),
    )
    expect(readAdmission(der(full))).toEqual({
      professions: [physician, "1.2.3", nurse],
      registrationNumbers: ["1-HBA-1", "1-HBA-2"],
    })
  })

  test("may leave out all that is optional, and name nobody", () => {
    expect(ofInfo(info())).toEqual(named())
    expect(ofInfo(info(octets()))).toEqual(named())
    expect(ofInfo(info(sequence(oid(nurse)), octets()))).toEqual(named(nurse))
    expect(readAdmission(der(syntax()))).toEqual(named())
    expect(readAdmission(der(syntax(admissions())))).toEqual(named())
  })

  test("says who admits by a general name, of which there are nine kinds", () => {
    const by = (name: BaseBlock) => readAdmission(der(sequence(name, sequence(admissions(info(sequence(oid(nurse))))))))
    for (const kind of [0, 4, 8]) expect(by(tagged(kind, sequence()))).toEqual(named(nurse))
    expect(
      by(new Primitive({ idBlock: { tagClass: 3, tagNumber: 6 }, valueHex: new Uint8Array([65]).buffer })),
    ).toEqual(named(nurse))
    expect(by(tagged(9, sequence()))).toBeUndefined()
    expect(by(new Integer({ value: 1 }))).toBeUndefined()
    expect(by(new Constructed({ idBlock: { tagClass: 2, tagNumber: 4 }, value: [sequence()] }))).toBeUndefined()
  })

  test.for<[string, BaseBlock]>([
    ["a set in place of its sequence", set(sequence(admissions(info())))],
    ["a tag in place of its sequence", tagged(0, sequence(admissions(info())))],
    ["no contents", sequence()],
    ["contents that are a set", sequence(set(admissions(info())))],
    ["something after its contents", sequence(sequence(admissions(info())), odd())],
    ["an admission that is no sequence", syntax(odd())],
    ["an admission without infos", syntax(sequence())],
    ["an admission with its tags exchanged", syntax(sequence(tagged(1), tagged(0), sequence(info())))],
    ["an admission with another tag", syntax(sequence(tagged(2), sequence(info())))],
    ["something after an admission's infos", syntax(sequence(sequence(info()), odd()))],
    ["an info that is no sequence", syntax(admissions(odd()))],
    ["an info without items", syntax(admissions(sequence()))],
    ["an info with another tag", syntax(admissions(sequence(tagged(1), sequence(text("Beruf")))))],
    ["items that are a text", syntax(admissions(sequence(text("Beruf"))))],
    ["a profession that is no identifier", syntax(admissions(info(sequence(text(physician)))))],
    ["a profession beside one that is no identifier", syntax(admissions(info(sequence(oid(nurse), odd()))))],
    ["a number that is no printable string", syntax(admissions(info(text("1-HBA-1"))))],
    ["a number before its professions", syntax(admissions(info(printable("1"), sequence(oid(nurse)))))],
    ["something after an info", syntax(admissions(info(sequence(oid(nurse)), printable("1"), octets(), odd())))],
  ])("with %s is none", ([, block]) => {
    expect(readAdmission(der(block))).toBeUndefined()
  })
})

describe("an hcRole", () => {
  const [type, scheme] = ["1.0.17090.0.1", "1.2.392.100495.1.6.1.1"]
  const attributes = (...made: BaseBlock[]) => sequence(...made)
  const attribute = (of: string, ...values: BaseBlock[]) => sequence(oid(of), set(...values))
  const actor = (coded: BaseBlock) => sequence(tagged(0, coded))
  const reading = (...actors: BaseBlock[]) => readHcRoles(der(attributes(attribute(type, set(...actors)))))
  const coded = (...rest: BaseBlock[]) => set(tagged(0, oid(scheme)), ...rest)

  test("says its code, its text, or both, in any of the strings there are for it", () => {
    expect(reading(actor(coded()))).toEqual([{ scheme, says: [] }])
    expect(reading(actor(coded(tagged(1, new NumericString({ value: "21" })))))).toEqual([{ scheme, says: ["21"] }])
    expect(reading(actor(coded(tagged(2, text("Nurse")))))).toEqual([{ scheme, says: ["Nurse"] }])
    expect(reading(actor(coded(tagged(1, printable("21")), tagged(2, text("Nurse")))))).toEqual([
      { scheme, says: ["21", "Nurse"] },
    ])
    expect(reading(actor(sequence(tagged(0, oid(scheme)), tagged(2, text("Nurse")))))).toEqual([
      { scheme, says: ["Nurse"] },
    ])
  })

  test("is every one of every attribute of its type, and of no other", () => {
    const roles = attributes(
      attribute("1.0.17090.0.2", text("anything")),
      attribute(type, set(actor(coded(tagged(2, text("A")))), actor(coded(tagged(2, text("B"))))), set()),
      attribute(type, set(actor(coded(tagged(2, text("C")))))),
    )
    expect(readHcRoles(der(roles))).toEqual(["A", "B", "C"].map((word) => ({ scheme, says: [word] })))
  })

  test("may have a part for its region, or nothing but that", () => {
    const regional = tagged(1, sequence())
    expect(reading(sequence(tagged(0, coded(tagged(2, text("Nurse")))), regional))).toEqual([
      { scheme, says: ["Nurse"] },
    ])
    expect(reading(sequence(regional))).toEqual([])
    expect(reading(sequence())).toEqual([])
  })

  test.for<[string, BaseBlock]>([
    ["no attributes", odd()],
    ["actors in a sequence", attributes(attribute(type, sequence(actor(coded()))))],
    ["actors that are a text", attributes(attribute(type, text("Nurse")))],
    ["an actor that is a set", attributes(attribute(type, set(set(tagged(0, coded())))))],
    ["an actor that is a text", attributes(attribute(type, set(text("Nurse"))))],
    ["a role under another tag", attributes(attribute(type, set(sequence(tagged(2, coded())))))],
    [
      "something after the role's region",
      attributes(attribute(type, set(sequence(tagged(0, coded()), tagged(1), odd())))),
    ],
    ["two roles under one tag", attributes(attribute(type, set(sequence(tagged(0, coded(), coded())))))],
    ["no role under its tag", attributes(attribute(type, set(sequence(tagged(0)))))],
    ["a role that is a text", attributes(attribute(type, set(actor(text("Nurse")))))],
    ["a role that is a tag", attributes(attribute(type, set(actor(tagged(0, tagged(0, oid(scheme)))))))],
    ["a role without a scheme", attributes(attribute(type, set(actor(set(tagged(2, text("Nurse")))))))],
    ["a role whose scheme is a text", attributes(attribute(type, set(actor(set(tagged(0, text(scheme)))))))],
    [
      "a role in another string",
      attributes(attribute(type, set(actor(coded(tagged(2, new IA5String({ value: "Nurse" }))))))),
    ],
    ["a role that says more", attributes(attribute(type, set(actor(coded(tagged(2, text("Nurse")), odd())))))],
    [
      "a code after its text",
      attributes(attribute(type, set(actor(coded(tagged(2, text("A")), tagged(1, text("B"))))))),
    ],
  ])("with %s is none", ([, block]) => {
    expect(readHcRoles(der(block))).toBeUndefined()
  })

  test("followed by anything is none", () => {
    const whole = der(attributes(attribute(type, set(actor(coded())))))
    expect(readHcRoles(whole)).toHaveLength(1)
    expect(readHcRoles(new Uint8Array([...whole, 5, 0]))).toBeUndefined()
    expect(readHcRoles(whole.slice(0, -1))).toBeUndefined()
  })
})
