const en = {
  name: "Emergency Record",
  places: "Places",
}

export default en
export type Words = typeof en
