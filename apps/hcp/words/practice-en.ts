/** The words of practising without a patient. `practice-el.ts` has the same keys, or the build fails. */
const en = {
  title: "Practise without a patient",
  lead: "A made-up record opens on this device as a real one would. No card is needed, nothing is sent, and nothing is written into anybody's log.",
  begin: "Practise",
  banner: "PRACTICE: nobody's record. Nothing that you see is true, and nothing that you add is sent.",
  sent: "Practice: it was signed by nobody and sent to nobody.",
  record: {
    given: "Practice",
    family: "Nobody",
    language: "English",
    allergy: "Penicillins",
    reaction: "Anaphylaxis",
    anticoagulant: "Warfarin",
    medicine: "Metformin",
    dose: "500 mg in the morning and in the evening",
    illness: "Atrial fibrillation",
    device: "Cardiac pacemaker",
  },
}

export default en
