import type { Row } from "./suggestion.ts"

/** What people are allergic to in their surroundings. With UNII, where one means exactly this. */
const surroundings: readonly Row[] = [
  ["Adhesive plaster", "Αυτοκόλλητο επίδεσμο", "", "", "plaster;λευκοπλάστης"],
  ["Latex", "Λάτεξ", "2LQ0UUW8IN", "NATURAL LATEX RUBBER", "rubber;καουτσούκ"],
  ["Nickel", "Νικέλιο", "7OV03QG267", "NICKEL", ""],
  ["Bee venom", "Δηλητήριο μέλισσας", "76013O881M", "APIS MELLIFERA VENOM", "bee sting;τσίμπημα μέλισσας;μέλισσα"],
  ["Wasp venom", "Δηλητήριο σφήκας", "", "", "wasp sting;τσίμπημα σφήκας;σφήκα"],
  ["House dust mite", "Άκαρι οικιακής σκόνης", "", "", "dust;σκόνη"],
  ["Mould", "Μούχλα", "", "", "mold"],
  ["Cat", "Γάτα", "", "", "cat hair;τρίχες γάτας"],
  ["Dog", "Σκύλος", "", "", "dog hair;τρίχες σκύλου"],
  ["Horse", "Άλογο", "", "", ""],
  ["Grass pollen", "Γύρη αγρωστωδών", "", "", "grass;γρασίδι;γύρη"],
  ["Olive pollen", "Γύρη ελιάς", "", "", ""],
  ["Parietaria pollen", "Γύρη περδικακίου", "", "", "pellitory;περδικάκι"],
  ["Cypress pollen", "Γύρη κυπαρισσιού", "", "", ""],
  ["Sunlight", "Ηλιακή ακτινοβολία", "", "", "sun;ήλιος"],
  ["Cold", "Ψύχος", "", "", "cold urticaria;κρύο"],
]

export default surroundings
