import type { CardWords } from "./en.ts"

const de: CardWords = {
  title: "Notfallkarte",
  what: "Sie halten die Notfallkarte eines Menschen, der vielleicht Hilfe braucht.",
  call: (number) => `${number} anrufen`,
  callHint: "Rettungsdienst. Sagen Sie, wo Sie sind und was geschehen ist.",
  contact: (name) => `${name} anrufen`,
  contactHint: "Der Mensch, dem die Karte gehört, bittet um Ihren Anruf.",
  says: "Was dieser Mensch allen mitteilt",
  name: "Name",
  kinds: {
    allergy: "Allergie",
    medicine: "Medikament",
    implant: "Implantat",
    illness: "Krankheit",
    contact: "Kontakt",
    language: "Spricht",
    "birth-date": "Geboren",
    other: "Hinweis",
  },
  signedAt: (moment) => `Selbst geschrieben und am ${moment} signiert. Niemand vom Fach hat es geprüft.`,
  told: "Dieser Mensch erfährt, dass seine Karte geöffnet wurde.",
  nothing: "Diese Karte teilt nicht allen etwas mit, oder sie gilt nicht mehr.",
  professionals: "Ärztinnen, Pfleger, Rettungskräfte: bitte die Karte umdrehen",
  professionalsHint:
    "Der Code auf der Rückseite öffnet die Gesundheitsakte, in der App für Fachpersonal und mit Ihrem Zertifikat. Eine gewöhnliche Kamera zeigt nichts.",
  loading: "Es wird gefragt, was dieser Mensch allen mitteilt …",
  offline: "Es gibt kein Netz. Die Nummer oben geht trotzdem.",
  retry: "Noch einmal versuchen",
  foreign: "Diese Adresse enthält keinen Code einer Karte. Scannen Sie die Vorderseite der Karte.",
  damaged: "Der Code wurde nicht ganz gelesen. Scannen Sie die Vorderseite der Karte noch einmal.",
  newer: "Diese Karte ist neuer als diese Seite. Laden Sie die Seite neu, sobald es ein Netz gibt.",
  invalid: "Die Antwort ist nicht vom Menschen dieser Karte signiert. Sie wird nicht gezeigt.",
  language: "Sprache",
}

export default de
