/** JSON in which a decimal as written, `{"":"0.50"}` (`parseFhir`), is that number again. No text of JSON can look like one: its quotes are escaped. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/\{"":"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"\}/g, "$1")
