import type { TrendWords } from "./words-en.ts"

const el: TrendWords = {
  reference: (range: string) => `Τιμές αναφοράς ${range}`,
  noReference: "Χωρίς τιμές αναφοράς",
  otherUnits: "Έχει μετρηθεί και σε άλλες μονάδες· εκείνες οι τιμές εμφανίζονται χωριστά.",
  unreviewedPoint: "δεν έχει ελεγχθεί από τον ασθενή",
  table: "Ως πίνακας",
  date: "Ημερομηνία",
  value: "Τιμή",
  range: "Αναφορά",
  flag: "Κρίση",
  noDate: "Χωρίς ημερομηνία",
  high: "Υψηλή",
  low: "Χαμηλή",
  normal: "Εντός αναφοράς",
  chart: (name: string, count: number, unit: string) =>
    `${name}, ${count} τιμές${unit === "" ? "" : ` σε ${unit}`}, στον χρόνο. Όλες οι τιμές είναι στον πίνακα παρακάτω.`,
  measurements: {
    "blood-pressure": "Αρτηριακή πίεση",
    "heart-rate": "Καρδιακός ρυθμός",
    "respiratory-rate": "Αναπνευστικός ρυθμός",
    "oxygen-saturation": "Κορεσμός οξυγόνου",
    temperature: "Θερμοκρασία σώματος",
    glucose: "Γλυκόζη αίματος",
    gcs: "Κλίμακα Γλασκώβης",
    weight: "Βάρος σώματος",
    other: "Άλλη",
  },
  systolic: "Συστολική",
  diastolic: "Διαστολική",
}

export default el
