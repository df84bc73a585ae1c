const en = {
  name: "My Health Record",
  places: "Places",
}

export default en
export type Words = typeof en
